"""Run in `manage.py shell`: a person with something of everything, and a talk that shows all that a talk can show.
Prints what test_axe.py puts into addresses, as JSON."""

import json
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.utils import timezone

from agents import state
from agents.actions import registry
from agents.changes import MemoryValue, PutMemory, SetMood
from agents.events import ActionFailedEvent, ActionFinished, ActionStarted, RunStarted, TextFinished, parse
from agents.models import Chain, Entity, ModelCall
from interactions import runs
from interactions.models import Conversation, Folder, Initiative, Run, Schedule, Telling
from tests.security.people import Person, settle
from tests.unit.web import talks

ENDS = (("failed", "model_down"), ("cancelled", ""), ("cancelled", "unanswered"), ("needs_review", ""))
GOLDEN = Path(__file__).parent.parent / "golden" / "events_v1.jsonl"
SHOWN = {"memory.recalled", "plan.rejected", "repetition.stopped", "budget.reached", "model.degraded",
         "delegation.decided", "action.skipped"}  # fmt: skip


def all_kinds(person: Person, other: Entity) -> Conversation:
    """A talk with a turn of every action and notice, one per way to begin, and one per way to end."""
    talk = runs.start_conversation(person.user, person.entity)
    run = talks.say(talk, "Show me everything, please.")
    talks.begin(run)
    for line in map(json.loads, GOLDEN.read_text().splitlines()):
        if line["kind"] in SHOWN:
            talks.write(run, (line.get("action", ""), parse(line["kind"], line["payload"])))
    for number, name in enumerate(sorted(set(registry.all_actions()) - {"DONE", "THINK", "SPEAK"})):
        started = ActionStarted(name=name, context="To show it.", args={"to": "Other", "text": "Words."})
        talks.write(run, (f"k{number}", started), (f"k{number}", ActionFinished(name=name, result="done so", ms=120)))
        if name == "TELL":
            Telling.objects.create(receiver=other, text="Held.", run=run, action=f"k{number}")
    learned = PutMemory(memory=MemoryValue(content="There is everything in it."))
    talks.change(run, "c1", "ADD_MEMORY", learned, why="They showed me.")
    glad = SetMood(mood=state.read(person.entity).mood.model_copy(update={"label": "glad", "emotions": {"joy": 0.8}}))
    talks.change(run, "c2", "UPDATE_MOOD", glad)
    talks.write(run, ("f1", ActionStarted(name="REMOVE_MEMORY")))
    talks.write(run, ("f1", ActionFailedEvent(name="REMOVE_MEMORY", error="There is none.", code="action_failed")))
    talks.write(run, ("t1", TextFinished(is_thought=True, text="So *this* is everything.", name="THINK", ms=900)))
    talks.speak(run, "A [link](https://example.org), `code`, and\n\n```\na block of it\n```\n\n> a quote\n\n- a list")
    talks.end(run)
    for kind in ("timer", "self_reflection", "tool_result", "agent_message", "state_change"):
        woken = talks.say(talk, f"By {kind}.")
        sender = {"tool_result": "backup", "agent_message": "Other"}.get(kind, "")
        told_in = str(run.pk) if kind == "agent_message" else ""
        began = RunStarted(trigger=kind, strategy="inline", why="Something.", sender=sender, told_in=told_in)
        talks.write(woken, ("", began))
        talks.end(woken)
    for status, code in (
        ("failed", "model_down"),
        ("cancelled", ""),
        ("cancelled", "unanswered"),
        ("needs_review", ""),
    ):
        ended = talks.say(talk, f"It {status}.")
        talks.begin(ended)
        talks.end(ended, status, reason="For a reason.", code=code)
    asking = talks.say(talk, "Ask me.")
    talks.begin(asking)
    talks.ask(asking, "Which one?", ("This", "That"))
    return talk


def main() -> None:
    user = User.objects.get(username="admin")
    person = settle(user, "axe")
    other = Entity.objects.get(slug="other-axe")
    Initiative.objects.create(entity=other, runs_per_day=0)
    talk = all_kinds(person, other)
    Run.objects.filter(status__in=["queued", "running"]).update(lease_until=timezone.now() + timedelta(days=1))
    print(json.dumps(named(person, other, talk)))  # noqa: T201


def named(person: Person, other: Entity, talk: Conversation) -> dict[str, object]:
    """What addresses call it."""
    user, entity = person.user, person.entity
    return {
        "conversation": str(person.conversations[0].pk),
        "run": str(person.run.pk),
        "message": str(person.run.message_id),
        "slug": entity.slug,
        "other": other.slug,
        "entity": entity.pk,
        "chain": Chain.objects.get(owner=user).pk,
        "call": ModelCall.objects.get(run=person.run.pk).pk,
        "folder": Folder.objects.filter(owner=user).latest("pk").pk,
        "timer": Schedule.objects.filter(entity=entity).latest("pk").pk,
        "seq": 3,
        "action": "action-axe",
        "part": "appearance",
        "number": 2,
        "talks": [str(each.pk) for each in (talk, *person.conversations)],
    }


main()
