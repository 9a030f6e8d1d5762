from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Fact, MemoryValue, PutMemory, Unit
from agents.errors import ActionFailed
from agents.mind import folded


class AddMemoryArgs(Args):
    content: Fact = Field(description="One fact, whole by itself, in the third person.")
    importance: Unit = Field(0.5, description="How much it matters, 0 to 1.")


class AddMemory(Action[AddMemoryArgs]):
    """Something worth keeping is remembered, with the message it came from. Never twice."""

    name = "ADD_MEMORY"
    description = "Remember one lasting fact that you learned just now. Not small talk, not what you know already."
    label, past, icon = "Remember", "Remembered", "memory-add"
    args = AddMemoryArgs

    async def execute(self, context: ActionContext, args: AddMemoryArgs) -> Outcome:
        wanted = folded(args.content)
        if not wanted:
            raise ActionFailed("There is nothing in this memory but signs.")
        for key, memory in context.state.known().items():
            if folded(memory.content) == wanted:
                return Outcome(result=f"known already, as memory {key}")
        trigger = context.scene.trigger
        memory = MemoryValue(
            content=args.content,
            importance=args.importance,
            source=f"{context.scene.person}, in a talk" if trigger.kind == "user_input" else trigger.kind,
            message=trigger.message,
        )
        return Outcome(result=f"remembered: {args.content}", changes=(PutMemory(memory=memory),))
