"""The pages of what a person does to a talk: why, rate, again, edit, fork, delete, file, find."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents import state
from agents.changes import MemoryValue, PutMemory
from agents.events import MemoryRecalled, RecalledMemory
from agents.llm import recording
from agents.llm.gateway import CallRecord
from agents.models import Entity, ModelCall
from interactions.models import Conversation, Folder, Message, Rating, Run
from tests.unit.test_branches import again, exchange, shown
from tests.unit.web import talks

pytestmark = pytest.mark.django_db
SCRIPT = {"hx-request": "true"}


@pytest.fixture
def noor(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def known(conversation: Conversation) -> Run:
    """A turn that remembered what was said, and a later one in which that came to mind; the later one."""
    first = exchange(conversation, "The tin has a robin on its lid.", "A robin.")
    value = MemoryValue(content="The tin has a robin on its lid.", message=str(first.message_id))
    state.apply(conversation.entity_id, [PutMemory(memory=value)], cause="said")
    memory = Entity.objects.get(pk=conversation.entity_id).memories.get(message=first.message_id)
    run = talks.say(conversation, "What is on the tin?")
    talks.begin(run)
    said = RecalledMemory(id=memory.pk, content=memory.content, score=0.82)
    talks.write(run, ("", MemoryRecalled(query="tin", memories=(said,), considered=2, ms=3)))
    talks.change(run, "a1", "ADD_MEMORY", PutMemory(memory=MemoryValue(content="They ask of the tin.")), why="curious")
    talks.speak(run, "A robin, you said.")
    talks.end(run)
    prompt = '[{"role": "system", "content": "You are <Ottilie>."}]'
    call = CallRecord("inline", "stub-1", prompt, "an answer", 340, 52, "stop", timezone.now(), 80.0, 900.0, 1, "")
    recording.store(call, owner_id=conversation.owner_id, entity_id=conversation.entity_id, run=run.pk)
    run.refresh_from_db()
    return run


def test_why_tells_prompt_memories_state_model_and_cost(noor: Client, conversation: Conversation) -> None:
    run = known(conversation)
    url = f"/c/{conversation.pk}/runs/{run.pk}/why/"
    page = noor.get(url).content.decode()
    for words in ("What is on the tin?", "0.82", "1 of 2 looked at", "They ask of the tin.", "stub-1", "340 + 52"):
        assert words in page, words
    origin = re.search(r'from <a class="link" href="(/messages/[^"]+)">you', page)
    assert origin is not None, "each memory leads to the message it came from"
    place = noor.get(origin[1])
    first = conversation.runs.order_by("position").first()
    assert first is not None and place["Location"].endswith(f"?at={first.pk}#run-{first.pk}")
    assert noor.get(place["Location"]).status_code == 200
    sheet = noor.get(url, headers=SCRIPT).content.decode()
    assert "<html" not in sheet and "They ask of the tin." in sheet


def test_the_prompt_is_shown_as_it_was_sent(noor: Client, conversation: Conversation) -> None:
    run = known(conversation)
    call = ModelCall.objects.get(run=run.pk)
    page = noor.get(f"/c/{conversation.pk}/runs/{run.pk}/calls/{call.pk}/").content.decode()
    assert "You are &lt;Ottilie&gt;." in page and "an answer" in page
    other = exchange(conversation, "Else", "Yes")
    assert noor.get(f"/c/{conversation.pk}/runs/{other.pk}/calls/{call.pk}/").status_code == 404


def test_what_a_turn_changed_is_undone_from_its_why(noor: Client, conversation: Conversation) -> None:
    run = known(conversation)
    answer = noor.post(f"/runs/{run.pk}/undo/", headers=SCRIPT)
    assert "Undone, in version" in answer.content.decode()
    entity = Entity.objects.get(pk=conversation.entity_id)
    assert "They ask of the tin." not in [each.content for each in state.read(entity).known().values()]
    assert "All of it was undone." in noor.get(f"/c/{conversation.pk}/runs/{run.pk}/why/").content.decode()


def test_a_rating_is_given_changed_and_taken_back(noor: Client, conversation: Conversation) -> None:
    run = exchange(conversation, "One", "I")
    url = f"/runs/{run.pk}/rate/"
    for value, stored in (("1", 1), ("-1", -1), ("0", None)):
        html = noor.post(url, {"value": value}, headers=SCRIPT).content.decode()
        assert list(Rating.objects.values_list("value", flat=True)) == ([stored] if stored else [])
        assert html.count('aria-pressed="true"') == (1 if stored else 0)
        run.refresh_from_db()
        assert run.rating == (stored or 0)
    for bad in ("2", "", "good", "1.0"):
        assert noor.post(url, {"value": bad}, headers=SCRIPT).status_code == 400
    assert noor.post(url, {"value": "1", "note": "x" * 501}, headers=SCRIPT).status_code == 400
    assert not Rating.objects.exists()


def test_the_page_shows_which_of_how_many_and_leads_to_the_others(noor: Client, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "First answer")
    again(first, conversation.owner, "Second answer")
    page = noor.get(f"/c/{conversation.pk}/").content.decode()
    assert "2 of 2" in page and "Second answer" in page and "First answer" not in page
    assert f'hx-post="/runs/{first.pk}/switch/"' in page
    assert noor.post(f"/runs/{first.pk}/switch/", headers=SCRIPT)["HX-Refresh"] == "true"
    page = noor.get(f"/c/{conversation.pk}/").content.decode()
    assert "1 of 2" in page and "First answer" in page and "Second answer" not in page
    both = noor.get(f"/c/{conversation.pk}/runs/{first.pk}/alternatives/").content.decode()
    assert "First answer" in both and "Second answer" in both and "Go on with this one" in both


def test_editing_answers_202_and_the_talk_goes_on_there(noor: Client, conversation: Conversation) -> None:
    run = exchange(conversation, "One", "I")
    url = f"/c/{conversation.pk}/messages/{run.message_id}/edit/"
    body = {"text": "Uno", "client_message_id": str(uuid4())}
    answer = noor.post(url, body, headers={"accept": "application/json"})
    assert answer.status_code == 202
    assert noor.post(url, body, headers={"accept": "application/json"}).json() == answer.json()
    page = noor.get(f"/c/{conversation.pk}/").content.decode()
    assert "Uno" in page and "2 of 2" in page
    empty = noor.post(url, {"text": " "}, headers={"accept": "application/json"})
    assert (empty.status_code, empty.json()["error"]["field"]) == (400, "text")


def test_a_deleted_exchange_comes_back_by_the_notice(noor: Client, conversation: Conversation) -> None:
    run = exchange(conversation, "One", "I")
    noor.post(f"/runs/{run.pk}/delete/", headers=SCRIPT)
    page = noor.get(f"/c/{conversation.pk}/").content.decode()
    assert "The exchange was deleted." in page and f'action="/runs/{run.pk}/restore/"' in page
    assert "The exchange was deleted." not in noor.get(f"/c/{conversation.pk}/").content.decode(), "said once"
    noor.post(f"/runs/{run.pk}/restore/")
    assert shown(conversation) == [("One", "I")]


def test_a_deleted_talk_is_in_no_list_and_comes_back(noor: Client, conversation: Conversation) -> None:
    exchange(conversation, "Harbour", "I")
    Conversation.objects.filter(pk=conversation.pk).update(title="The Hollis letters")
    url = f"/c/{conversation.pk}/"
    noor.post(f"{url}delete/")
    assert "was deleted." in noor.get("/").content.decode()
    for place in ("/", "/search/?q=harbour", "/palette/?q=hollis"):
        assert "Hollis letters</" not in noor.get(place).content.decode(), place
    assert noor.get(url).status_code == 404
    assert "The Hollis letters" in noor.get("/c/deleted/").content.decode()
    noor.post(f"{url}restore/")
    assert noor.get(url).status_code == 200


def test_folders_are_made_named_left_and_brought_back(noor: Client, conversation: Conversation) -> None:
    url = f"/c/{conversation.pk}/"
    noor.post(f"{url}move/", {"name": "Attic"})
    folder = Folder.objects.get()
    assert '<h3 class="folder">Attic</h3>' in noor.get(url).content.decode()
    noor.post(f"/folders/{folder.pk}/name/", {"name": "Cellar"})
    assert '<h3 class="folder">Cellar</h3>' in noor.get(url).content.decode()
    noor.post(f"/folders/{folder.pk}/delete/")
    assert 'class="folder"' not in noor.get(url).content.decode()
    noor.post(f"/folders/{folder.pk}/restore/")
    assert '<h3 class="folder">Cellar</h3>' in noor.get(url).content.decode()
    noor.post(f"{url}move/", {"folder": ""})
    conversation.refresh_from_db()
    assert conversation.folder is None
    for bad in ("999999", "x", "-1"):
        assert noor.post(f"{url}move/", {"folder": bad}).status_code == 404, bad


def test_nobody_moves_a_talk_into_somebody_elses_folder(
    noor: Client, stranger: User, conversation: Conversation
) -> None:
    theirs = Folder.objects.create(owner=stranger, name="Theirs")
    assert noor.post(f"/c/{conversation.pk}/move/", {"folder": str(theirs.pk)}).status_code == 404


def test_search_marks_groups_and_leads_to_the_place(noor: Client, conversation: Conversation) -> None:
    runs = [exchange(conversation, f"Message {number}", "Yes.") for number in range(30)]
    exchange(conversation, "The harbour <b>clock</b>", "It stopped.")
    page = noor.get("/search/?q=harbour+clo").content.decode()
    assert "The <mark>harbour</mark> &lt;b&gt;<mark>clock</mark>&lt;/b&gt;" in page
    page = noor.get("/search/?q=message+3").content.decode()
    link = re.search(r'href="(/messages/[^"]+)"', page)
    assert link is not None
    place = noor.get(link[1])["Location"].partition("#")[0]
    around = noor.get(place).content.decode()
    assert f'id="run-{runs[3].pk}"' in around and "Go to the newest messages" in around
    assert "Nobody said that." in noor.get("/search/?q=zebra").content.decode()
    assert Message.objects.count() == 62


def test_the_palette_finds_by_letters_in_order(noor: Client, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(title="The Hollis letters")
    assert "The Hollis letters" in noor.get("/palette/?q=hlls").content.decode()
    assert "Noor found a box of letters." in noor.get("/palette/?q=box").content.decode()
    assert "/remember" not in noor.get("/palette/?q=remember").content.decode(), "there is no talk to write it into"
    inside = noor.get(f"/palette/?q=remember&talk={conversation.pk}").content.decode()
    assert 'data-command="/remember "' in inside
    for odd in ("[", "(", ".*", "\\", "a" * 300, "%00", "ö", "talk=x"):
        assert noor.get("/palette/", {"q": odd, "talk": "x"}).status_code == 200, odd


def test_a_command_answers_with_its_line(noor: Client, conversation: Conversation) -> None:
    url = f"/c/{conversation.pk}/commands/"
    script = {"accept": "application/json"}
    answer = noor.post(url, {"text": "/remember It rains."}, headers=script)
    assert answer.status_code == 202 and "Ottilie remembers it." in answer.json()["html"]
    page = noor.get(f"/c/{conversation.pk}/").content.decode()
    assert "<code>/remember It rains.</code>" in page and "What it changed" in page
    refused = noor.post(url, {"text": "/fly"}, headers=script)
    assert refused.status_code == 400 and "/help lists them" in refused.json()["error"]["message"]
    exchange(conversation, "One", "I")
    to = noor.post(url, {"text": "/fork"}, headers=script).json()["redirect"]
    assert to.startswith("/c/") and to != f"/c/{conversation.pk}/"
    back = noor.post(url, {"text": "/rollback 1"}, headers=script)
    assert back.status_code == 202, back.content
    assert "It rains." not in [
        each.content for each in state.read(Entity.objects.get(pk=conversation.entity_id)).known().values()
    ]
