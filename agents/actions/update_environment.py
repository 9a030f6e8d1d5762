from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Description, SetEnvironment


class UpdateEnvironmentArgs(Args):
    environment: Description = Field(
        min_length=1, description="Where you are from now on and what is around you, whole. A few sentences."
    )


class UpdateEnvironment(Action[UpdateEnvironmentArgs]):
    """Where the entity is changes, or what is around it. The description is whole: it replaces the one before."""

    name = "UPDATE_ENVIRONMENT"
    description = "Change where you are, or what is around you: you went somewhere, or something happened there."
    label, past, icon = "Environment", "Changed where it is", "environment"
    args = UpdateEnvironmentArgs

    async def execute(self, context: ActionContext, args: UpdateEnvironmentArgs) -> Outcome:
        if args.environment == context.state.environment:
            return Outcome(result="here already")
        return Outcome(result=args.environment, changes=(SetEnvironment(text=args.environment),))
