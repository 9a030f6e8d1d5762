from typing import Literal

from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Id, Outcome
from agents.changes import PutDesire
from agents.errors import ActionFailed


class RemoveDesireArgs(Args):
    desire: Id = Field(description="The id of the desire, as listed.")
    outcome: Literal["satisfied", "abandoned"] = Field("satisfied", description="How it ended.")
    reason: str = Field("", max_length=500, description="Why.")


class RemoveDesire(Action[RemoveDesireArgs]):
    """A desire ends, satisfied or abandoned, with the reason."""

    name = "REMOVE_DESIRE"
    description = "End one of your desires: you got it, or you no longer want it."
    label, past, icon = "Desire", "Ended a desire", "desire"
    args = RemoveDesireArgs

    async def execute(self, context: ActionContext, args: RemoveDesireArgs) -> Outcome:
        desire = context.state.active_desires().get(args.desire)
        if desire is None:
            raise ActionFailed(f"There is no active desire with the id {args.desire}.")
        ended = desire.model_copy(update={"status": args.outcome, "reason": args.reason or context.context[:500]})
        return Outcome(result=f"{args.outcome}: {desire.text}", changes=(PutDesire(id=args.desire, desire=ended),))
