from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Line
from agents.errors import ActionFailed
from agents.timers import FURTHEST, MINUTE, SHORTEST_REPEAT, Moment, SetTimer, in_words, is_clock


class SetTimerArgs(Args):
    what: Line = Field(description="What you will do when it is time, in one sentence.")
    in_minutes: float | None = Field(None, gt=0, le=FURTHEST / MINUTE, description="Due this many minutes from now.")
    at: Moment | None = Field(
        None, description='Due at this time of the person’s clock: "18:30", "tomorrow 9:00" or "2026-03-05 18:30".'
    )
    every_minutes: int | None = Field(
        None, ge=SHORTEST_REPEAT // MINUTE, le=FURTHEST // MINUTE, description="Repeat after so many minutes."
    )
    daily: bool = Field(False, description='Repeat each day at the time that "at" names.')


class SetTimerAction(Action[SetTimerArgs]):
    """The entity sets itself a timer; when it is due, a run of its own begins."""

    name = "SET_TIMER"
    description = (
        "Set yourself a timer: when it is due you wake in this talk and do what it is for. Give in_minutes or at."
    )
    label, past, icon = "Timer", "Set a timer", "timer"
    args = SetTimerArgs

    async def execute(self, context: ActionContext, args: SetTimerArgs) -> Outcome:
        if args.daily and not (args.at and is_clock(args.at)):
            raise ActionFailed('A daily timer needs "at" as a time of day, such as 18:30.')
        if args.in_minutes is None and args.at is None and args.every_minutes is None:
            raise ActionFailed("A timer needs in_minutes, at or every_minutes.")
        order = SetTimer(
            what=args.what,
            in_seconds=None if args.in_minutes is None else args.in_minutes * MINUTE,
            at=args.at,
            every=None if args.every_minutes is None else args.every_minutes * MINUTE,
            daily=args.daily,
        )
        return Outcome(result=f"{_when(args)}: {args.what}", orders=(order,))


def _when(args: SetTimerArgs) -> str:
    if args.daily:
        return f"every day at {args.at}"
    first = f"at {args.at}" if args.at else ""
    if args.in_minutes is not None:
        first = f"in {in_words(args.in_minutes * MINUTE)}"
    again = f"every {in_words(args.every_minutes * MINUTE)}" if args.every_minutes else ""
    return ", ".join(part for part in (first, again) if part)
