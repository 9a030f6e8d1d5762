from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome


class ThinkArgs(Args):
    text: str = Field(min_length=1, max_length=20_000, description="The thought, in the entity's own inner voice.")


class Think(Action[ThinkArgs]):
    """An inner thought: shown as such, never said."""

    name = "THINK"
    description = "Think to yourself before you act. Private: the person is not spoken to."
    label, past, icon = "Think", "Thought", "think"
    args = ThinkArgs
    is_text = True
    writes = "think"
    task = "Write the inner thought that you have now, a few sentences, in your inner voice. Nobody hears it."
    is_thought = True

    async def execute(self, context: ActionContext, args: ThinkArgs) -> Outcome:
        return Outcome(result="thought", text=args.text)
