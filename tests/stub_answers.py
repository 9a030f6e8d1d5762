"""What the stub model answers when a test does not say: a plan where one is asked for, else prose."""

import json
import re
from typing import Any


def words(text: str) -> list[str]:
    """Split into tokens: words with the space that follows them."""
    return re.findall(r"\s*\S+\s*", text)


def said(request: dict[str, Any], role: str) -> list[str]:
    """What was said by `role` in an OpenAI request, oldest first."""
    return [str(m.get("content", "")) for m in request.get("messages", ()) if m.get("role") == role]


def default_answer(request: dict[str, Any]) -> str:
    """A plausible answer about what the user said last. Of a plan's actions, those done already are left out."""
    talk = said(request, "user") or ["nothing"]
    done = re.findall(r"^- ([A-Z_]+):", talk[-1], re.MULTILINE) if "have done these already" in talk[-1] else []
    if (done or "answer could not be used" in talk[-1] or "still to be done" in talk[-1]) and len(talk) > 1:
        talk.pop()  # the engine's own question, not the person's
    topic = " ".join(talk[-1].split())[:120]
    system = " ".join(said(request, "system"))
    spoken = f"You said: {topic} I have thought about it, and I would like to hear more. What happened then?"
    if "can_extend" not in system and '"actions"' not in system:
        return spoken
    actions = plan_actions(topic, spoken, with_texts='Do not write "text"' not in system)
    left = [action for action in actions if action["action"] not in done]
    plan = {"reasoning": "Listen, remember, answer.", "can_extend": False, "actions": left}
    return json.dumps(plan, ensure_ascii=False)


def plan_actions(topic: str, spoken: str, *, with_texts: bool) -> list[dict[str, Any]]:
    """One action of each sort; the prose of thoughts and speech only where the plan is to hold it."""
    thought = f"They tell me this: {topic} I should remember it."
    return [
        {"action": "THINK", **({"text": thought} if with_texts else {"context": "what they told me"})},
        {"action": "UPDATE_MOOD", "mood": "curious", "intensity": 0.6},
        {"action": "ADD_MEMORY", "content": f"They said: {topic}"},
        {"action": "SPEAK", **({"text": spoken} if with_texts else {"context": "what they told me"})},
        {"action": "DONE"},
    ]
