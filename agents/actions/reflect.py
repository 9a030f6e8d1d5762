import re

from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Change, Fact, MemoryValue, PutMemory, Unit
from agents.errors import ActionFailed
from agents.mind import folded

MOST = 3
LONGEST = 500
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")


class ReflectArgs(Args):
    text: Fact = Field(description="One to three lasting insights, one a line, each whole by itself, third person.")
    importance: Unit = Field(0.7, description="How much they matter, 0 to 1.")


class Reflect(Action[ReflectArgs]):
    """The entity looks at what was said and done lately, and keeps what follows from it as memories.

    Memories of a reflection say so in their source, and name the message that was being answered.
    """

    name = "REFLECT"
    description = "Look back on what was said and done lately, and keep what you understand now but were not told."
    label, past, icon = "Reflect", "Reflected", "flower"
    args = ReflectArgs
    writes = "reflect"
    task = (
        "Look back on the talk and on what you remember. Write one to three lasting insights about the person, "
        "yourself or what is between you: what follows from what was said, not what was said. One a line, each a whole "
        "sentence in the third person, and nothing else."
    )

    async def execute(self, context: ActionContext, args: ReflectArgs) -> Outcome:
        known = {folded(memory.content) for memory in context.state.known().values()}
        lines = [_BULLET.sub("", line).strip()[:LONGEST] for line in args.text.splitlines()]
        insights = [line for line in dict.fromkeys(lines) if folded(line)]
        if not insights:
            raise ActionFailed("There is no insight in this reflection.")
        new = [line for line in insights[:MOST] if folded(line) not in known]
        if not new:
            return Outcome(result="nothing that was not known already")
        trigger = context.scene.trigger
        source = f"reflection on a talk with {context.scene.person}"[:200]
        changes: tuple[Change, ...] = tuple(
            PutMemory(
                memory=MemoryValue(content=line, importance=args.importance, source=source, message=trigger.message)
            )
            for line in new
        )
        return Outcome(result="; ".join(new), changes=changes)
