"""Snapshots: an entity's state as it was at every hundredth version, so that any version is near one.

Each section of the state is a row of its own, JSON and compressed, loaded when it is asked for. A section that has not
changed since the last snapshot is not stored again: the row before still holds it. The section `core` is always
stored; its row says that there is a snapshot.
"""

import hashlib
from typing import Any

import zstandard
from pydantic import TypeAdapter

from agents import statements
from agents.changes import DesireValue, Frozen, GoalValue, MemoryValue, Mood, Temperament
from agents.mind import EntityState, Persona
from agents.models import Entity, Snapshot
from agents.state.reading import read

# Versions from one snapshot to the next: so many are folded at most to reach any version.
EVERY = 100
# Bytes from which compressing is worth its time; measured, zstd at its level 3 takes memories to a fifth.
COMPRESSED_FROM = 512
LISTS = ("goals", "desires", "memories")
_LATEST = "WHERE entity_id = %s AND section = %s AND number <= %s ORDER BY number DESC LIMIT 1"
_ONE = f"(SELECT id FROM agents_snapshot {_LATEST})"
_ALL = f"WHERE id IN ({_ONE}, {_ONE}, {_ONE}, {_ONE})"  # one for each section


class Core(Frozen):
    """The part of the state that is no list."""

    persona: Persona = Persona()
    mood: Mood = Mood()
    temperament: Temperament = Temperament()
    appearance: str = ""
    environment: str = ""


_sections: dict[str, TypeAdapter] = {  # type: ignore[type-arg]
    "core": TypeAdapter(Core),
    "goals": TypeAdapter(dict[int, GoalValue]),
    "desires": TypeAdapter(dict[int, DesireValue]),
    "memories": TypeAdapter(dict[int, MemoryValue]),
}


def keep_now_and_then(entity: Entity) -> None:
    """Store a snapshot of the state that was just written, when it is one of the hundredth versions."""
    if entity.version % EVERY == 0:
        keep(entity.pk, read(entity))


def keep(entity_id: int, state: EntityState) -> None:
    """Store a snapshot of `state`, which is the entity's at `state.version`."""
    rows = []
    for section, adapter in _sections.items():
        raw = adapter.dump_json(_part(state, section))
        digest = hashlib.sha256(raw).hexdigest()
        before = statements.values(Snapshot, ("digest",), _LATEST, entity_id, section, state.version)
        if section == "core" or before != [[digest]]:
            codec, data = _pack(raw)
            row = Snapshot(entity_id=entity_id, number=state.version, section=section, digest=digest)
            row.codec, row.data = codec, data
            rows.append(row)
    statements.insert(*rows)


def point(entity_id: int, number: int) -> int:
    """Return the last snapshot's version that is not after `number`; 0 when there is none."""
    found = statements.values(Snapshot, ("number",), _LATEST, entity_id, "core", number)
    return int(found[0][0]) if found else 0


def load(entity_id: int, section: str, number: int) -> Any:
    """Return a section as it was at the snapshot of the version `number`; what a state begins with for 0."""
    found = statements.values(Snapshot, ("codec", "data"), _LATEST, entity_id, section, number)
    if not found:
        return Core() if section == "core" else {}
    return _part_of(section, *found[0])


def load_all(entity_id: int, number: int) -> tuple[int, dict[str, Any]]:
    """Return the version of the last snapshot that is not after `number` (0: there is none), and its sections (one
    query)."""
    where = [value for section in _sections for value in (entity_id, section, number)]
    found = {
        row[0]: row[1:] for row in statements.values(Snapshot, ("section", "number", "codec", "data"), _ALL, *where)
    }
    if "core" not in found:
        return 0, {"core": Core(), **{name: {} for name in LISTS}}
    parts = {name: _part_of(name, *found[name][1:]) if name in found else {} for name in _sections}
    return int(found["core"][0]), parts


def _part_of(section: str, codec: str, data: bytes) -> Any:
    return _sections[section].validate_json(_unpack(codec, bytes(data)))


def _part(state: EntityState, section: str) -> object:
    if section != "core":
        return getattr(state, section)
    return Core.model_construct(**{name: getattr(state, name) for name in Core.model_fields})


def _pack(raw: bytes) -> tuple[str, bytes]:
    if len(raw) < COMPRESSED_FROM:
        return "json", raw
    return "zstd", zstandard.ZstdCompressor(level=3).compress(raw)


def _unpack(codec: str, data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data) if codec == "zstd" else data
