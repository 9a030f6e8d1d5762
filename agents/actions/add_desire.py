from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import DesireValue, Line, PutDesire, Unit
from agents.mind import folded


class AddDesireArgs(Args):
    desire: Line = Field(description="What you would like, in one phrase.")
    intensity: Unit = Field(0.5, description="How much you want it, 0 to 1.")


class AddDesire(Action[AddDesireArgs]):
    """The entity wants something, without setting out to get it."""

    name = "ADD_DESIRE"
    description = "Want something that you do not set out to get. For what you will work at, take ADD_GOAL."
    label, past, icon = "Desire", "Began to want", "desire"
    args = AddDesireArgs

    async def execute(self, context: ActionContext, args: AddDesireArgs) -> Outcome:
        for key, desire in context.state.active_desires().items():
            if folded(desire.text) == folded(args.desire):
                return Outcome(result=f"a desire already, with the id {key}")
        desire = DesireValue(text=args.desire, intensity=args.intensity)
        return Outcome(result=f"wants: {args.desire}", changes=(PutDesire(desire=desire),))
