"""The branches of one talk as a tree: what stands on which, and what there is to choose from at a place. Only reads."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from interactions.models import Branch, Conversation, Message, Run


@dataclass(frozen=True, slots=True)
class Segment:
    """The runs of one branch, up to the place at which the next one leaves it (None: to its end)."""

    branch: int
    until: Run | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: the `number`th of `count`, and a run on the one before and after it (None at the ends)."""

    number: int
    count: int
    earlier: UUID | None
    later: UUID | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from at a place: versions of the message, answers to it. None where there is one."""

    messages: Choice | None = None
    answers: Choice | None = None


@dataclass(slots=True)
class Tree:
    """The branches by number; empty where a talk has one."""

    rows: dict[int, Branch] = field(default_factory=dict)

    @classmethod
    def of(cls, conversation: Conversation) -> "Tree":
        """Return the branches of `conversation` (one query, or none where it has one)."""
        if not conversation.branches:
            return cls()
        found = Branch.objects.filter(conversation=conversation).select_related("place", "opening__message")
        return cls({row.number: row for row in found})

    def add(self, row: Branch) -> None:
        """Take in a branch that was just made."""
        self.rows[row.number] = row

    def message_of(self, run: Run) -> Message | None:
        """Return the message that an opening run answers; None where it is not known without asking."""
        row = self.opened_by(run)
        return row.opening.message if row is not None and row.opening is not None else None

    def opened_by(self, run: Run) -> Branch | None:
        """Return the branch that begins with `run`."""
        return next((row for row in self.rows.values() if row.opening_id == run.pk), None)

    def segments(self, number: int) -> list[Segment]:
        """Return what stands on a branch, from the beginning of the talk."""
        found, until = [Segment(number, None)], self.rows.get(number)
        while until is not None and until.parent is not None:
            found.append(Segment(until.parent, until.place))
            until = self.rows.get(until.parent)
        return found[::-1]

    def latest_through(self, run: Run) -> int:
        """Return that branch, of those on which `run` stands, that went on last."""
        through = [number for number in self.rows if self._holds(number, run)]
        return max(through, key=lambda number: self.rows[number].used_seq, default=run.branch)

    def choices(self, run: UUID) -> Choices:
        """Return what there is to choose from where `run`, which is shown, stands."""
        beside = self._beside(run)
        shown = next((each for each in beside if each.pk == run), None)
        if shown is None:
            return Choices()
        answers = [each for each in beside if each.message_id == shown.message_id]
        versions: dict[UUID | None, list[Run]] = {}
        for each in beside:
            versions.setdefault(each.message_id, []).append(each)
        latest = [max(group, key=self._used) for group in versions.values()]
        place = list(versions).index(shown.message_id)
        return Choices(_choice(latest, place), _choice(answers, answers.index(shown)))

    def beside(self, run: UUID) -> list[Run]:
        """Return the answers to the same message, `run` among them, in the order in which they were made."""
        beside = self._beside(run)
        shown = next((each for each in beside if each.pk == run), None)
        return [each for each in beside if shown is not None and each.message_id == shown.message_id]

    def _beside(self, run: UUID) -> list[Run]:
        """The run at whose place others began, and those, if `run` is one of them."""
        for row in self.rows.values():
            if row.place is not None and run in (row.place_id, row.opening_id):
                others = [each.opening for each in self.rows.values() if each.place_id == row.place_id]
                return [row.place, *(each for each in others if each is not None)]
        return []

    def _holds(self, number: int, run: Run) -> bool:
        return any(segment.branch == run.branch and _is_before(run, segment.until) for segment in self.segments(number))

    def _used(self, run: Run) -> int:
        return self.rows[self.latest_through(run)].used_seq


def _is_before(run: Run, until: Run | None) -> bool:
    return until is None or (run.position, run.created_at) < (until.position, until.created_at)


def _choice(runs: Iterable[Run], place: int) -> Choice | None:
    all_runs = list(runs)
    if len(all_runs) < 2:
        return None
    earlier = all_runs[place - 1].pk if place else None
    later = all_runs[place + 1].pk if place + 1 < len(all_runs) else None
    return Choice(place + 1, len(all_runs), earlier, later)
