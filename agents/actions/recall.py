import time

from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import Line
from agents.events import MemoryRecalled
from agents.memory.recall import recall

MOST = 8
# A memory that shares no word with the query scores by importance and recency alone; such are not what was looked for.
LEAST = 0.3


class RecallArgs(Args):
    query: Line = Field(description="What you try to remember, in a few words.")


class Recall(Action[RecallArgs]):
    """The entity searches its memories in the middle of a run; what it finds is in every prompt after it."""

    name = "RECALL"
    description = "Search your memories for something that is not listed. Set can_extend, to go on with what you find."
    label, past, icon = "Recall", "Recalled", "recall"
    args = RecallArgs

    async def execute(self, context: ActionContext, args: RecallArgs) -> Outcome:
        began = time.perf_counter()
        known = context.state.known()
        best = recall(known, args.query, MOST)
        found = tuple(memory for memory in best if memory.score >= LEAST)
        ms = round((time.perf_counter() - began) * 1000, 2)
        recalled = MemoryRecalled(query=args.query, memories=found, considered=len(known), ms=ms)
        said = "; ".join(memory.content for memory in found) or "nothing like that is remembered"
        return Outcome(result=said, recalled=recalled)
