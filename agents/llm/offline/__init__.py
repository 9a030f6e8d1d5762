"""The offline responder: a language model that needs no model. Simple, deterministic, quick, in the entity's voice."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from agents.llm.base import ModelRequest, ModelUsage
from agents.llm.offline.shape import Step
from agents.llm.offline.turn import Turn
from agents.llm.offline.wire import plan_pieces, words

__all__ = ["OfflineResponder"]

PRESENT = "I am here."
# A mere reply can't be left out: an empty answer counts as a broken one.
UNSAID = "…"


class OfflineResponder:
    """Answers by rules from the scene of a request. `pace`: seconds between two words of thought or speech."""

    name = "offline"

    def __init__(self, pace: float = 0.0) -> None:
        self._pace = pace

    async def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        """Yield the answer to `request`. There are no tokens in rules: `usage` says zero."""
        usage.input_tokens = usage.output_tokens = 0
        paced_before = False
        for piece, is_paced in _pieces(request):
            if not piece:
                continue
            if is_paced and paced_before and self._pace > 0:
                await asyncio.sleep(self._pace)
            paced_before = is_paced
            yield piece


def _pieces(request: ModelRequest) -> Iterator[tuple[str, bool]]:
    """Return the answer in pieces, each with whether it is a paced word."""
    purpose, scene = request.purpose, request.scene
    if purpose == "test":
        return words(PRESENT)
    if purpose == "extend":
        return plan_pieces("All that was planned is done.", [Step("DONE")], {})
    if scene is None:
        if purpose in {"inline", "plan"}:
            return plan_pieces(
                "There is nothing to go by.",
                [Step("SPEAK"), Step("DONE")],
                {"SPEAK": PRESENT} if purpose == "inline" else {},
            )
        return words(PRESENT)
    turn = Turn(scene, keeps=purpose != "reply")
    if purpose == "think":
        return words(turn.thought)
    if purpose == "speak":
        return words(turn.speech)
    if purpose == "reply":
        return words(UNSAID if turn.silent else turn.speech)
    steps = turn.steps()
    needed = {step.action for step in steps}
    texts: dict[str, str] = {}
    if purpose == "inline" and "THINK" in needed:
        texts["THINK"] = turn.thought
    if purpose == "inline" and "SPEAK" in needed:
        texts["SPEAK"] = turn.speech
    return plan_pieces(turn.reasoning, steps, texts)
