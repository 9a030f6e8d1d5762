"""The graph that a plan's `id` and `after` draw: what waits for what, and whether that can ever be done.

An action with `after` waits for the actions it names and for nothing else; one without it waits for all that stand
before it in the plan. So a plan that names no dependency is done in its order.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from agents.plan import PlannedAction
from agents.scene import CompletedAction

_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def problems(actions: Sequence[PlannedAction], earlier: Collection[str] = ()) -> list[str]:
    """Return what is wrong with the graph of `actions`, a sentence each; nothing when it can be done.

    `earlier` are the ids of actions that came before this plan, which may be waited for.
    """
    found: list[str] = []
    known = set(earlier)
    for number, planned in enumerate(actions, start=1):
        if planned.id and planned.id in known:
            found.append(f'action {number}: the id "{planned.id}" is given twice')
        known |= {planned.id} if planned.id else set()
    for number, planned in enumerate(actions, start=1):
        found += [f"action {number}: {problem}" for problem in _references(planned, known)]
    return found or _cycle(actions)


def unmet(planned: PlannedAction, earlier: Collection[str]) -> list[str]:
    """Return what is wrong with an action that is to be done as soon as it is read: it can only wait for what came
    `earlier`."""
    taken = [f'the id "{planned.id}" is given twice'] if planned.id and planned.id in earlier else []
    return [*taken, *_references(planned, {*earlier, planned.id})]


def parsed(fields: Mapping[str, object]) -> tuple[str, tuple[str, ...] | None]:
    """Return `id` and `after` of an action as a model wrote it. Raises `ValueError` with one sentence."""
    id_, after = fields.get("id"), fields.get("after")
    if isinstance(id_, int) and not isinstance(id_, bool):
        id_ = str(id_)
    if id_ is not None and id_ != "" and not (isinstance(id_, str) and _ID.fullmatch(id_)):
        raise ValueError('"id" must be a short word of letters, digits, "_", "-" and "."')
    if isinstance(after, str):
        after = [after]
    if after is None:
        return id_ or "", None
    if not isinstance(after, list) or len(after) > 64:
        raise ValueError('"after" must be a list of ids')
    names = [str(name) if isinstance(name, int) and not isinstance(name, bool) else name for name in after]
    if not all(isinstance(name, str) and _ID.fullmatch(name) for name in names):
        raise ValueError('"after" must be a list of ids')
    return id_ or "", tuple(dict.fromkeys(names))


def is_drawn(actions: Iterable[PlannedAction]) -> bool:
    """Whether one of `actions` says what it waits for."""
    return any(planned.after is not None for planned in actions)


def named(actions: Sequence[PlannedAction], earlier: Collection[str] = ()) -> tuple[PlannedAction, ...]:
    """Return `actions`; where their graph is drawn, each with an id: else the log could not say which is done."""
    if not is_drawn(actions):
        return tuple(actions)
    taken = {*earlier, *(planned.id for planned in actions)}
    free = (f"n{number}" for number in range(1, 10_000) if f"n{number}" not in taken)
    return tuple(planned if planned.id else planned.model_copy(update={"id": next(free)}) for planned in actions)


def ordered(actions: Sequence[PlannedAction]) -> list[int]:
    """Return the places of `actions` in an order in which each comes behind what it waits for, else as planned
    (Kahn 1962). Of a graph with a cycle, those before it."""
    waits = waits_for(actions)
    order: list[int] = []
    while (
        ready := next((n for n in range(len(actions)) if n not in order and waits[n] <= set(order)), None)
    ) is not None:
        order.append(ready)
    return order


def waits_for(actions: Sequence[PlannedAction]) -> list[set[int]]:
    """Return for each of `actions` the places of those that it waits for; what is not among them is over already."""
    places = {planned.id: place for place, planned in enumerate(actions) if planned.id}
    return [
        set(range(place))
        if planned.after is None or planned.action == "DONE"
        else {places[name] for name in planned.after if name in places}
        for place, planned in enumerate(actions)
    ]


def failed_before(planned: PlannedAction, completed: Iterable[CompletedAction]) -> CompletedAction | None:
    """Return the action that `planned` names in `after` and that failed or was left out; None when there is none."""
    wanted = set(planned.after or ())
    return next((done for done in completed if done.planned in wanted and not done.ok), None)


def _references(planned: PlannedAction, known: Collection[str]) -> list[str]:
    found = []
    for name in planned.after or ():
        if name == planned.id:
            found.append(f'"{name}" waits for itself')
        elif name not in known:
            found.append(f'it waits for "{name}", and no action has that id')
    return found


def _cycle(actions: Sequence[PlannedAction]) -> list[str]:
    """Return the sentence about a circle of actions that wait for each other, if there is one."""
    done = set(ordered(actions))
    stuck = [place for place in range(len(actions)) if place not in done]
    if not stuck:
        return []
    waits, path = waits_for(actions), [stuck[0]]
    while True:
        following = min(place for place in waits[path[-1]] if place not in done)
        if following in path:
            break
        path.append(following)
    circle = [*path[path.index(following) :], following]
    words = [actions[place].id or f"action {place + 1}" for place in circle]
    return [f"the actions wait for each other in a circle: {' after '.join(words)}"]
