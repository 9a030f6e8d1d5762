"""The few statements on a message's way, compiled once.

Django builds and compiles a query anew at each use: 0.3 to 0.8 ms, where the database answers in 0.03. A message passes
some thirty of them. These functions speak in models and fields like the ORM, keep the SQL text, and convert values
by the fields' own rules, on SQLite and PostgreSQL alike. Whatever is not on that way uses the ORM.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    AutoField,
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    FloatField,
    ForeignKey,
    IntegerField,
    Model,
    SlugField,
    TextField,
    UUIDField,
)
from django.db.models.base import ModelState
from django.utils import timezone

M = TypeVar("M", bound=Model)
Fields = tuple[str, ...]
# What both databases store as a BIGINT.
LARGEST = 2**63 - 1
# What these fields store as it is, on both databases; asking a field costs a microsecond, and a message has hundreds.
_AS_IT_IS: dict[type, type] = {
    CharField: str,
    TextField: str,
    SlugField: str,
    FloatField: float,
    BooleanField: bool,
    UUIDField: UUID,
    DateTimeField: datetime,
}
# The same of SQLite alone: PostgreSQL is told how wide a number is.
_NUMBERS = (AutoField, IntegerField)


def _in_utc(moment: datetime) -> str:
    """Return how SQLite stores a moment: as Django's backend does, which raises `ValueError` for one without a zone."""
    return str(timezone.make_naive(moment, UTC))


# What of these types is stored as something else, by the database's vendor.
_ADAPTED: dict[str, dict[type | None, Callable[[Any], Any]]] = {
    "sqlite": {UUID: attrgetter("hex"), datetime: _in_utc},
    "postgresql": {},
}
_Stored = tuple[type | None, Callable[[Any], Any] | None]


def get(model: type[M], *, lock: bool = False, **where: Any) -> M | None:
    """Return the first row whose fields equal `where` (by attribute name: `owner_id`), or None.

    With `lock` the row is locked until the transaction ends, where the database locks rows.
    """
    return ask(model, lock=lock, **where)()


def ask(model: type[M], *, lock: bool = False, **where: Any) -> Callable[[], M | None]:
    """Ask what `get` does, and return what waits for the answer.

    Within `sending_together` PostgreSQL is told the next statement before this one is answered.
    """
    db = connections[DEFAULT_DB_ALIAS]
    cursor = _run(db, _get(db.vendor, model, tuple(where), lock), _prepared(db, model, where))
    return lambda: next(iter(_rows(db, model, cursor)), None)


def select(model: type[M], tail: str, *params: Any) -> list[M]:
    """Return the rows of `SELECT … FROM table` + `tail`; `%s` stands for each of `params`.

    The tail is a constant of the program: what a person wrote goes into `params`.
    """
    db = connections[DEFAULT_DB_ALIAS]
    sql = f"{_select(db.vendor, model, _all(model))} {tail}"
    return _rows(db, model, _run(db, sql, [_adapted(db, value) for value in params]))


def values(model: type[Model], fields: Fields, tail: str, *params: Any) -> list[Any]:
    """Return these `fields` of the rows of `SELECT … FROM table` + `tail`, as lists: a third of the cost of rows."""
    return ask_values(model, fields, tail, *params)()


def ask_values(model: type[Model], fields: Fields, tail: str, *params: Any) -> Callable[[], list[list[Any]]]:
    """Ask what `values` does, and return what waits for the answer: see `ask`."""
    db = connections[DEFAULT_DB_ALIAS]
    sql = f"{_select(db.vendor, model, fields)} {tail}"
    cursor = _run(db, sql, [_adapted(db, value) for value in params])
    return lambda: _converted(db, model, fields, cursor)


def insert(*rows: Model) -> None:
    """Write new rows of one model. A key that the database makes is not read back."""
    insert_as(type(rows[0]), rows)


def insert_as(model: type[Model], rows: Sequence[object]) -> None:
    """Write new rows of `model`: instances of it, or of anything lighter that has what its columns hold by name."""
    db = connections[DEFAULT_DB_ALIAS]
    _run(db, _insert(db.vendor, model, len(rows)), _cells(db, model, rows))


def insert_with(
    made: type[Model], rows: Sequence[object], model: type[Model], where: Mapping[str, Any], **values: Any
) -> None:
    """Write new rows of the model `made`, and set `values` in the rows of `model` whose fields equal `where`.

    `rows` are as for `insert_as`. One journey to PostgreSQL; SQLite, which is in this process, gets two statements.
    """
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor != "postgresql":
        insert_as(made, rows)
        update(model, where, **values)
        return
    set_sql = _update(db.vendor, model, tuple(where), tuple(values))
    cells = [*_prepared(db, model, values), *_prepared(db, model, where)]
    sql = f"WITH changed AS ({set_sql}) {_insert(db.vendor, made, len(rows))}"
    _run(db, sql, [*cells, *_cells(db, made, rows)])


def add(row: Model) -> None:
    """Write a new row of a model whose key the database makes, and set the key."""
    db, model = connections[DEFAULT_DB_ALIAS], type(row)
    sql, cells = _insert(db.vendor, model, 1), _cells(db, model, [row])
    if db.features.can_return_columns_from_insert:
        row.pk = _fetched(db, _run(db, sql + _returning(db.vendor, model), cells))[0][0]
    else:
        row.pk = _run(db, sql, cells).lastrowid


def update(model: type[Model], where: Mapping[str, Any], **values: Any) -> None:
    """Set `values` in the rows whose fields equal `where`."""
    db = connections[DEFAULT_DB_ALIAS]
    sql = _update(db.vendor, model, tuple(where), tuple(values))
    _run(db, sql, [*_prepared(db, model, values), *_prepared(db, model, where)])


def clock() -> datetime:
    """Return the database's time, in UTC: by it leases run, whatever the workers' own clocks say."""
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor == "sqlite":  # it lives in this process
        return timezone.now()
    now: datetime = _fetched(db, _run(db, "SELECT statement_timestamp()", []))[0][0]
    return now


@contextmanager
def sending_together() -> Iterator[None]:
    """Begin a transaction, whose statements here PostgreSQL is sent without waiting for the answer to each.

    What goes wrong with one may be raised by a later one, or by the commit.
    """
    together = getattr(connections[DEFAULT_DB_ALIAS], "sending_together", nullcontext)  # SQLite is in this process
    with together(), transaction.atomic():
        yield


def _run(db: Any, sql: str, params: Sequence[Any]) -> Any:
    """Execute a statement past Django's cursors; not where somebody watches what is asked."""
    if db.queries_logged or db.execute_wrappers:
        cursor = db.cursor()
        cursor.execute(sql, params)
        return cursor
    return db.run(sql, params)


def _fetched(db: BaseDatabaseWrapper, cursor: Any) -> list[Any]:
    with db.wrap_database_errors:
        rows: list[Any] = cursor.fetchall()
        return rows


def _rows(db: BaseDatabaseWrapper, model: type[M], cursor: Any) -> list[M]:
    names = _all(model)
    return [_made(model, db.alias, names, row) for row in _converted(db, model, names, cursor)]


def _made(model: type[M], alias: str, names: Fields, row: Sequence[Any]) -> M:
    """Return a model's instance as unpickling makes it: a sixth of the cost of `from_db`, which looks for signals."""
    made = model.__new__(model)
    made.__dict__.update(zip(names, row, strict=True))
    made._state = ModelState()
    made._state.adding, made._state.db = False, alias
    return made


def _converted(db: BaseDatabaseWrapper, model: type[Model], fields: Fields, cursor: Any) -> list[list[Any]]:
    rows = list(map(list, _fetched(db, cursor)))
    for place, convert, expression in _reading(db.vendor, model, fields):
        for row in rows:
            row[place] = convert(row[place], expression, db)
    return rows


def _cells(db: BaseDatabaseWrapper, model: type[Model], rows: Iterable[Any]) -> list[Any]:
    """Return what is stored of new rows, row by row in the order of the columns."""
    writing = _writing(db.vendor, model)
    return [
        _cell(db, field, stored, getattr(row, field.attname) if is_read else field.pre_save(row, add=True))
        for row in rows
        for field, stored, is_read in writing
    ]


def _cell(db: BaseDatabaseWrapper, field: "Field[Any, Any]", stored: _Stored, value: Any) -> Any:
    its_type, adapt = stored
    if value is None or value.__class__ is its_type:
        return adapt(value) if adapt and value is not None else value
    return field.get_db_prep_save(value, db)


def _prepared(db: BaseDatabaseWrapper, model: type[Model], values: Mapping[str, Any]) -> list[Any]:
    fields = _by_name(model)
    return [_cell(db, fields[name], _stored(db.vendor, fields[name]), value) for name, value in values.items()]


def _adapted(db: BaseDatabaseWrapper, value: Any) -> Any:
    adapt = _ADAPTED[db.vendor].get(value.__class__)
    return adapt(value) if adapt else value


@cache
def _by_name(model: type[Model]) -> dict[str, "Field[Any, Any]"]:
    return {field.attname: field for field in model._meta.concrete_fields}


@cache
def _written(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    return tuple(field for field in model._meta.concrete_fields if not isinstance(field, AutoField))


@cache
def _stored(vendor: str, field: "Field[Any, Any]") -> _Stored:
    """Return the type whose values need not be asked about, and what makes of them what is stored."""
    while isinstance(field, ForeignKey):
        field = field.target_field
    its_type = _AS_IT_IS.get(type(field))
    if vendor == "sqlite" and isinstance(field, _NUMBERS):
        its_type = int
    return its_type, _ADAPTED[vendor].get(its_type)


@cache
def _writing(vendor: str, model: type[Model]) -> list[tuple["Field[Any, Any]", _Stored, bool]]:
    """The fields of a new row, how they are stored, and whether nothing is set when they are stored."""
    return [(field, _stored(vendor, field), type(field).pre_save is Field.pre_save) for field in _written(model)]


@cache
def _all(model: type[Model]) -> Fields:
    return tuple(field.attname for field in model._meta.concrete_fields)


@cache
def _reading(_vendor: str, model: type[Model], fields: Fields) -> list[tuple[int, Callable[..., Any], Any]]:
    """What turns which value of a row into Python's."""
    converters = []
    for place, name in enumerate(fields):
        column = _by_name(model)[name].get_col(model._meta.db_table)  # of a foreign key: typed as what it points to
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            converters.append((place, convert, column))
    return converters


def _column(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


@cache
def _select(_vendor: str, model: type[Model], fields: Fields) -> str:
    return f"SELECT {', '.join(_column(_by_name(model)[name]) for name in fields)} FROM {_table(model)}"


@cache
def _get(vendor: str, model: type[Model], where: Fields, lock: bool) -> str:
    tail = " FOR UPDATE" if lock and connection.features.has_select_for_update else ""
    return f"{_select(vendor, model, _all(model))} WHERE {_equal(model, where, ' AND ')} LIMIT 1{tail}"


@cache
def _insert(_vendor: str, model: type[Model], rows: int) -> str:
    fields = _written(model)
    places = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {_table(model)} ({', '.join(map(_column, fields))}) VALUES {', '.join([places] * rows)}"


@cache
def _returning(_vendor: str, model: type[Model]) -> str:
    return f" RETURNING {_column(model._meta.pk)}"


@cache
def _update(_vendor: str, model: type[Model], where: Fields, values: Fields) -> str:
    return f"UPDATE {_table(model)} SET {_equal(model, values, ', ')} WHERE {_equal(model, where, ' AND ')}"


def _equal(model: type[Model], names: Fields, between: str) -> str:
    return between.join(f"{_column(_by_name(model)[name])} = %s" for name in names)
