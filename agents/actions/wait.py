from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.pause import LONGEST_WAIT, Pause


class WaitArgs(Args):
    seconds: float = Field(ge=1, le=LONGEST_WAIT, description="How long, in seconds; at most a day.")


class Wait(Action[WaitArgs]):
    """The entity lets some time pass in mid-run. Nothing is held meanwhile: others may be answered."""

    name = "WAIT"
    description = "Let time pass before you go on, at most a day. For later things set a timer instead."
    label, past, icon = "Wait", "Waited", "timer"
    args = WaitArgs
    is_pause = True

    async def execute(self, context: ActionContext, args: WaitArgs) -> Outcome:
        return Outcome(
            result="waiting", pauses=Pause(kind="moment", text=context.context[:2_000], seconds=args.seconds)
        )
