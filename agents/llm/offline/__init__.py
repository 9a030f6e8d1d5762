"""The offline responder: a language model that needs no model. Simple, deterministic, quick, in the entity's voice."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

from agents.llm.base import ModelRequest, ModelUsage
from agents.llm.offline.shape import Step
from agents.llm.offline.timing import scripted
from agents.llm.offline.turn import Turn
from agents.llm.offline.wire import plan_pieces, words
from agents.scene import Said, Scene

__all__ = ["OfflineResponder"]

PRESENT = "I am here."
# A mere reply can't be left out: an empty answer counts as a broken one.
UNSAID = "…"
# How a message begins that asks for a chain.
CHAIN = "/run "
_TELLING = re.compile(r"^(?:say|tell|wish|bid|ask)\s+(?:(?:to\s+)?(?:them|him|her|everybody|you|me)\s+)?", re.I)


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


def _of_a_chain(scene: Scene, context: str) -> Scene:
    """Return `scene` as it is; for a run of a chain, as if what its action is for had been said: "say good morning"."""
    if not scene.trigger.content.startswith(CHAIN):
        return scene
    about = _TELLING.sub("", context.strip()) or "Hello"
    trigger = scene.trigger.model_copy(update={"content": about})
    line = Said(author="user", text=about, at=trigger.at)
    return scene.model_copy(update={"trigger": trigger, "history": (*scene.history[:-1], line)})


def _scripted(scene: Scene, purpose: str) -> Iterator[tuple[str, bool]] | None:
    """Return the answer for a turn whose plan follows from what it is about, in pieces; None for other turns, and where
    nothing but speech comes of it: a promise would not be kept."""
    if purpose == "reply" and scene.trigger.kind == "user_input":
        return None
    found = scripted(scene, lambda: Turn(scene).reflection)
    if found is None:
        return None
    if purpose == "inline" and found.steps[0].action == found.hangs_on:  # asked again, it knows what came of it
        return plan_pieces(found.reasoning, found.steps[:1], {}, can_extend=True)
    if purpose in {"inline", "plan", "extend"}:
        return plan_pieces(found.reasoning, found.steps, dict(found.texts) if purpose == "inline" else {})
    text = found.texts.get({"think": "THINK", "reflect": "REFLECT"}.get(purpose, "SPEAK"))
    return words(text) if text else None


def _pieces(request: ModelRequest) -> Iterator[tuple[str, bool]]:
    """Return the answer in pieces, each with whether it is a paced word."""
    purpose, scene = request.purpose, request.scene
    if purpose == "test":
        return words(PRESENT)
    if scene is not None and (ours := _scripted(scene, purpose)) is not None:
        return ours
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
    turn = Turn(_of_a_chain(scene, request.context), keeps=purpose != "reply")
    if purpose == "think":
        return words(turn.thought)
    if purpose == "reflect":
        return words(turn.reflection)
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
    if purpose == "inline" and "REFLECT" in needed:
        texts["REFLECT"] = turn.reflection
    return plan_pieces(turn.reasoning, steps, texts)
