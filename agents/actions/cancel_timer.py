from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Line
from agents.timers import CancelTimer


class CancelTimerArgs(Args):
    which: Line = Field(description="The number of your timer, or what it is for.")


class CancelTimerAction(Action[CancelTimerArgs]):
    """A timer of the entity is stopped."""

    name = "CANCEL_TIMER"
    description = "Stop a timer that you set, or that the person set for you."
    label, past, icon = "Timer", "Stopped a timer", "timer"
    args = CancelTimerArgs

    async def execute(self, context: ActionContext, args: CancelTimerArgs) -> Outcome:
        return Outcome(result=f"stopped: {args.which}", orders=(CancelTimer(which=args.which),))
