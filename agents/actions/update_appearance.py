from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Description, SetAppearance


class UpdateAppearanceArgs(Args):
    appearance: Description = Field(
        min_length=1, description="How you look from now on, whole: what stays is said again. A few sentences."
    )


class UpdateAppearance(Action[UpdateAppearanceArgs]):
    """How the entity looks changes. The description is whole: it replaces the one before."""

    name = "UPDATE_APPEARANCE"
    description = "Change how you look: clothes, hair, what you carry, what happened to you."
    label, past, icon = "Appearance", "Changed how it looks", "appearance"
    args = UpdateAppearanceArgs

    async def execute(self, context: ActionContext, args: UpdateAppearanceArgs) -> Outcome:
        if args.appearance == context.state.appearance:
            return Outcome(result="looks like this already")
        return Outcome(result=args.appearance, changes=(SetAppearance(text=args.appearance),))
