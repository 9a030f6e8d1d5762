"""The offline responder between entities: errands that a person gives, and what another entity tells."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from agents import prompts
from agents.actions import registry
from agents.events import RecalledMemory
from agents.llm.base import ModelRequest, ModelUsage, Purpose
from agents.llm.offline import OfflineResponder
from agents.mind import EntityState
from agents.scene import CompletedAction, Said, Scene
from agents.triggers import MOST_HOPS, Trigger, TriggerKind

NOW = datetime(2026, 3, 5, 18, 0, tzinfo=UTC)
OTHERS = ("Ishbel", "Old Tom (the cat)", "Tom")


def scene_of(text: str, kind: TriggerKind = "user_input", hops: int = 0, **more: Any) -> Scene:
    said = (Said(author="user", text=text, at=NOW),) if kind == "user_input" else ()
    sender = "Ishbel" if kind == "agent_message" else ""
    trigger = Trigger(kind=kind, content=text, at=NOW, sender=sender, hops=hops)
    return Scene(
        **{"state": EntityState(), "person": "Noor", "trigger": trigger, "history": said, "others": OTHERS} | more
    )


def answer(scene: Scene, purpose: Purpose = "inline") -> str:
    async def whole() -> str:
        request = ModelRequest(purpose=purpose, messages=(), scene=scene, context="")
        return "".join([piece async for piece in OfflineResponder().stream(request, ModelUsage())])

    return asyncio.run(whole())


def plan(scene: Scene) -> list[dict[str, Any]]:
    """Return the actions that the responder plans, each checked as the engine does."""
    actions: list[dict[str, Any]] = json.loads(answer(scene))["actions"]
    for action in actions:
        registry.parse(action)
    return actions


@pytest.mark.parametrize(
    ("text", "to", "told"),
    [
        ("Tell Ishbel that the bread is ready.", "Ishbel", "Noor says: “the bread is ready.”"),
        ("Please tell ishbel: I'm late", "Ishbel", "Noor says: “I'm late”"),
        ("Could you let Ishbel know that I am late?", "Ishbel", "Noor says: “I am late?”"),
        ("tell Ishbel to bring my coat", "Ishbel", "Noor asks this of you: “bring my coat”"),
        ("Ask Ishbel whether the tide is in.", "Ishbel", "Noor asks: “whether the tide is in?”"),
        ("ask Ishbel how she is", "Ishbel", "Noor asks: “how she is?”"),
        ("Remind Ishbel about the lamp", "Ishbel", "Noor reminds you of this: “the lamp”"),
        ("Tell old tom (the cat) that it rains", "Old Tom (the cat)", "Noor says: “it rains”"),
        ("Ask Tom " + "why " * 2_000, "Tom", f"Noor asks: “{('why ' * 449).strip()}…?”"),
        ("Tell Tom that it rains", "Tom", "Noor says: “it rains”"),
    ],
)
def test_an_errand_is_told_and_the_person_hears_of_it(text: str, to: str, told: str) -> None:
    scene = scene_of(text)
    (first,) = plan(scene)
    assert (first["action"], first["to"], first["text"]) == ("TELL", to, told)
    done = CompletedAction(id="a", action="TELL", args={"to": first["to"]}, result="told")
    second, last = plan(scene.model_copy(update={"completed": (done,)}))
    assert (second["action"], second["text"], last["action"]) == ("SPEAK", f"I am telling {to} now.", "DONE")


@pytest.mark.parametrize(
    "text",
    [
        "Tell me about Ishbel.",
        "Tell Bob that it rains.",
        "Let Ishbel sleep.",
        "I tell Ishbel that it rains.",
        "Tell Ishbel",
    ],
)
def test_other_words_are_no_errand(text: str) -> None:
    assert "TELL" not in {each["action"] for each in plan(scene_of(text))}


def test_without_others_there_is_no_errand() -> None:
    assert "TELL" not in {each["action"] for each in plan(scene_of("Tell Ishbel that it rains.", others=()))}


def test_a_plain_reply_promises_no_errand() -> None:
    assert "I am telling" not in answer(scene_of("Tell Ishbel that it rains."), "reply")


def test_an_errand_that_failed_is_not_called_done() -> None:
    failed = CompletedAction(id="a", action="TELL", args={"to": "Ishbel"}, result="It is not there.", ok=False)
    scene = scene_of("Tell Ishbel that it rains.", completed=(failed,))
    assert answer(scene, "speak") == "I could not tell Ishbel. It is not there."
    speak, _done = plan(scene)
    assert speak["text"] == "I could not tell Ishbel. It is not there."


def test_nothing_is_said_of_an_errand_before_it_is_known_what_came_of_it() -> None:
    asked = json.loads(answer(scene_of("Tell Ishbel that it rains.")))
    assert asked["can_extend"] and [each["action"] for each in asked["actions"]] == ["TELL"]
    whole = json.loads(answer(scene_of("Tell Ishbel that it rains."), "plan"))  # its speech is worded later anyway
    assert not whole["can_extend"] and [each["action"] for each in whole["actions"]] == ["TELL", "SPEAK", "DONE"]


def test_what_is_heard_is_passed_on_and_says_when_it_is_old() -> None:
    (speak, _done) = plan(scene_of("The bread\nis ready. (This was told 3 hours ago.)", "agent_message", hops=1))
    assert speak["text"] == "Ishbel has told me this. The bread is ready. That was 3 hours ago."


def test_a_question_is_answered_with_what_it_remembers_and_never_with_a_question() -> None:
    memory = RecalledMemory(id=1, content="The tide is in at noon? Yes.", score=0.9)
    other = RecalledMemory(id=2, content="A kittiwake comes at first light.", score=0.95)
    for recalled, words in (
        ((other,), "I do not know"),
        ((other, memory), "I remember this: The tide is in at noon. Yes."),
    ):
        tell, speak, _done = plan(scene_of("Is the tide in?", "agent_message", hops=1, recalled=recalled))
        assert (tell["action"], tell["to"], speak["action"]) == ("TELL", "Ishbel", "SPEAK")
        assert words in tell["text"] and "?" not in tell["text"]


@pytest.mark.parametrize("more", [{"hops": MOST_HOPS}, {"others": ()}])
def test_a_question_is_not_answered_where_it_cannot_be(more: dict[str, Any]) -> None:
    assert [each["action"] for each in plan(scene_of("Is the tide in?", "agent_message", **more))] == ["SPEAK", "DONE"]


def test_a3_the_guidance_names_the_others_and_leaves_tell_out_where_it_can_do_nothing() -> None:
    def guidance(scene: Scene) -> str:
        return prompts.inline(scene).messages[0].content

    assert "There are: Ishbel, Old Tom (the cat), Tom." in guidance(scene_of("Hi"))
    assert "- TELL:" not in guidance(scene_of("Hi", others=()))
    last = scene_of("Is the tide in?", "agent_message", hops=MOST_HOPS)
    assert "- TELL:" not in guidance(last)
    assert "nobody else can be told of it now" in prompts.inline(last).messages[-1].content
    assert "nobody else" not in prompts.inline(scene_of("Hi?", "agent_message", hops=1)).messages[-1].content
