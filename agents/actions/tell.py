from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Fact, Line
from agents.errors import ActionFailed
from agents.orders import Tell
from agents.scene import Scene
from agents.triggers import MOST_HOPS


class TellArgs(Args):
    to: Line = Field(description="The name of the other entity.")
    text: Fact = Field(description="What you tell them. They know nothing of this talk: say what they need to know.")


class TellAction(Action[TellArgs]):
    """The entity tells another one of its owner's something; a run of that one begins with it."""

    name = "TELL"
    description = "Tell another entity something, or answer what it told you: it wakes in a talk of its own."
    label, past, icon = "Tell", "Told somebody", "delegate"
    args = TellArgs

    def offered(self, scene: Scene) -> str:
        """Name those who are there; nothing where nobody is, or where it was passed on often enough."""
        if not scene.others or scene.trigger.hops >= MOST_HOPS:
            return ""
        return f"{self.description} There are: {', '.join(scene.others)}."

    async def execute(self, context: ActionContext, args: TellArgs) -> Outcome:
        hops = context.scene.trigger.hops
        if hops >= MOST_HOPS:
            raise ActionFailed(f"This was passed on from one to another {hops} times already. Leave it at that.")
        return Outcome(result=f"to {args.to}: {args.text}", orders=(Tell(to=args.to, text=args.text, hops=hops + 1),))
