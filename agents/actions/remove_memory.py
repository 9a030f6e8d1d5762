from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Id, Outcome
from agents.changes import PutMemory
from agents.errors import ActionFailed


class RemoveMemoryArgs(Args):
    memory: Id = Field(description="The id of the memory, as listed.")


class RemoveMemory(Action[RemoveMemoryArgs]):
    """The named memory is forgotten; its row stays, so that forgetting can be undone."""

    name = "REMOVE_MEMORY"
    description = "Forget one memory, because it is wrong, or because you were asked to."
    label, past, icon = "Forget", "Forgot", "memory-remove"
    args = RemoveMemoryArgs

    async def execute(self, context: ActionContext, args: RemoveMemoryArgs) -> Outcome:
        memory = context.state.known().get(args.memory)
        if memory is None:
            raise ActionFailed(f"There is no memory with the id {args.memory}.")
        gone = memory.model_copy(update={"forgotten": True})
        return Outcome(result=f"forgot: {memory.content}", changes=(PutMemory(id=args.memory, memory=gone),))
