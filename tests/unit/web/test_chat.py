"""The chat page and its parts: what they show, to whom, at what cost, and what bad input gets."""

import json
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents import state
from agents.changes import GoalValue, MemoryValue, Mood, PutGoal, PutMemory, SetMood
from agents.events import ActionSkipped, MemoryRecalled, RecalledMemory
from agents.models import Entity, Memory, StateVersion
from interactions import runs
from interactions.models import Conversation, Message, Run
from tests.unit.web import talks

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def noor(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def url(conversation):
    return conversation.get_absolute_url()


def page(client, url, **params):
    response = client.get(url, params)
    assert response.status_code == 200
    return response.content.decode()


def first(pattern, html):
    """The first group of what must be there."""
    found = re.search(pattern, html)
    assert found, pattern
    return found.group(1)


def queries(client, url, **params):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url, params).status_code == 200
    return len(captured)


# ---- Whose is it ----


def routes(conversation, run):
    base = conversation.get_absolute_url()
    return [
        ("get", base),
        ("get", f"{base}list/"),
        ("get", f"{base}title/"),
        ("post", f"{base}title/"),
        ("get", f"{base}older/?before=9"),
        ("get", f"{base}new/?after=0"),
        ("post", f"{base}read/"),
        ("post", f"{base}messages/"),
        ("post", f"{base}messages/{run.message_id}/withdraw/"),
        ("get", f"{base}state/"),
        ("get", f"{base}actions/mem1/?run={run.pk}"),
        ("post", f"{base}actions/mem1/undo/?run={run.pk}"),
        ("get", f"{base}timeline/"),
        ("get", f"{base}events/1/"),
        ("post", f"/runs/{run.pk}/cancel/"),
        ("post", f"/runs/{run.pk}/retry/"),
    ]


@pytest.fixture
def talked(conversation):
    run = talks.say(conversation)
    talks.begin(run)
    memory = PutMemory(memory=MemoryValue(content="Noor drinks tea."))
    talks.change(run, "mem1", "ADD_MEMORY", memory, why="worth keeping")
    talks.speak(run)
    talks.end(run)
    return run


@pytest.mark.parametrize("number", range(16))
@pytest.mark.parametrize("who", ["stranger", "teammate"])
def test_nobody_else_finds_it(client, conversation, talked, request, number, who):
    client.force_login(request.getfixturevalue(who))
    method, address = routes(conversation, talked)[number]
    before = conversation.events.count(), StateVersion.objects.count(), Message.objects.count()
    response = getattr(client, method)(address, {"text": "x", "seq": "1", "title": "x"} if method == "post" else None)
    assert response.status_code == 404
    assert "Hello." not in response.content.decode()
    conversation.refresh_from_db()
    assert (conversation.read_seq, conversation.title) == (0, "")
    assert before == (conversation.events.count(), StateVersion.objects.count(), Message.objects.count())


@pytest.mark.parametrize("number", range(16))
def test_whoever_is_not_signed_in_is_sent_to_the_door(client, conversation, talked, number):
    method, address = routes(conversation, talked)[number]
    response = getattr(client, method)(address)
    assert response.status_code == 302
    assert response.url.startswith("/login/")


@pytest.mark.parametrize("number", range(16))
def test_writing_is_by_post_only(noor, conversation, talked, number):
    method, address = routes(conversation, talked)[number]
    if method == "post" and not address.endswith("title/"):
        assert noor.get(address).status_code == 405


@pytest.mark.parametrize("number", [0, 1, 2, 3, 9, 10, 12])
def test_a_conversation_that_does_not_exist(noor, conversation, talked, number):
    method, address = routes(conversation, talked)[number]
    assert getattr(noor, method)(address.replace(str(conversation.pk), str(uuid4()))).status_code == 404


# ---- The page ----


def test_the_page_shows_the_talk_the_list_and_the_state(noor, url, talked):
    html = page(noor, url)
    assert "Hello." in html
    assert "I hear you." in html
    assert 'aria-label="Remember, 0.1 s"' in html
    assert "Put the letters in order" in html
    assert "Noor drinks tea." in html
    assert 'id="said-' in html
    assert "style=" not in html
    assert "<script>" not in html
    assert " onclick" not in html


def test_an_empty_talk_says_how_to_begin(noor, url):
    assert "Write the first line below" in page(noor, url)


def test_the_page_costs_twelve_queries_at_most_however_long_the_talk(noor, conversation, url):
    for number in range(3):
        talks.turn(conversation, f"Message {number}")
    page(noor, url)  # what is cached per process
    few = queries(noor, url)
    fill(conversation, 1_000)
    assert queries(noor, url) == few
    assert few <= 12


def fill(conversation: Conversation, count: int) -> None:
    """Two messages per run, written as rows: this is about reading."""
    from django.db import transaction

    from agents.events import Draft, MessageReceived, RunFinished, RunStarted, TextFinished
    from interactions import log

    rows, drafts = [], []
    first = conversation.runs.count() * 5 + 10
    for number in range(count):
        run = Run(conversation=conversation, trigger={}, status="finished", position=first + number * 4)
        rows.append(run)
        drafts.append(
            (
                run,
                [
                    MessageReceived(message=str(uuid4()), text=f"Line {number}", client_message_id=f"f{number}"),
                    RunStarted(trigger="user_input", strategy="inline"),
                    TextFinished(is_thought=False, text=f"Answer {number}", name="SPEAK"),
                    RunFinished(status="finished"),
                ],
            )
        )
    Run.objects.bulk_create(rows)
    with transaction.atomic():
        locked = log.lock(conversation.pk)
        for run, events in drafts:
            log.append(locked, [Draft(event=event) for event in events], run.pk)
    conversation.refresh_from_db()


def test_a_page_has_a_window_and_older_turns_come_when_asked_for(noor, conversation, url):
    fill(conversation, 120)
    html = page(noor, url)
    assert "Answer 119" in html
    assert "Answer 95<" in html
    assert "Answer 94<" not in html
    seen = re.findall(r"Line (\d+)", html)
    while more := re.search(r'hx-get="([^"]+older/\?before=\d+)"', html):
        html = page(noor, more.group(1))
        seen = re.findall(r"Line (\d+)", html) + seen
    assert seen == [str(number) for number in range(120)]


def test_older_turns_are_there_without_script(noor, conversation, url):
    fill(conversation, 40)
    before = first(r'href="\?before=(\d+)"', page(noor, url))
    assert "Line 0<" in page(noor, url, before=before)


@pytest.mark.parametrize("cursor", ["abc", "-1", "1e9", "٣", "9" * 40, ""])
def test_a_cursor_that_is_none_is_refused_in_words(noor, url, cursor):
    for address, name in (("", "before"), ("older/", "before"), ("new/", "after"), ("state/", "since")):
        response = noor.get(url + address, {name: cursor})
        assert response.status_code == 400
        assert name in response.content.decode()
    assert noor.post(url + "read/", {"seq": cursor}).status_code == 400


def test_two_runs_of_one_place_are_never_torn_apart(noor, conversation, url):
    fill(conversation, 27)
    places = sorted(conversation.runs.values_list("position", flat=True))
    conversation.runs.filter(position=places[1]).update(position=places[2])
    html = page(noor, url)
    older = page(noor, first(r'hx-get="([^"]+older/\?before=\d+)"', html))
    assert sorted(int(n) for n in re.findall(r"Line (\d+)", html + older)) == list(range(27))


def test_a_failed_turn_says_why_and_can_be_tried_again(noor, conversation, url):
    run = talks.say(conversation)
    talks.begin(run)
    talks.end(run, "failed", reason="The model can't be reached. Is it running?", code="model_unreachable")
    html = page(noor, url)
    assert "The model can&#x27;t be reached. Is it running?" in html
    assert f'hx-post="/runs/{run.pk}/retry/"' in html
    assert noor.post(f"/runs/{run.pk}/retry/", **HTMX).status_code == 204
    assert conversation.runs.count() == 2


def test_a_stopped_turn_keeps_what_was_said(noor, conversation, url):
    run = talks.say(conversation)
    talks.begin(run)
    talks.speak(run, "Half of it")
    talks.end(run, "cancelled", code="cancelled")
    html = page(noor, url)
    assert "Stopped." in html
    assert "Half of it" in html


def test_a_silent_turn_is_a_sentence(noor, conversation, url):
    run = talks.say(conversation)
    talks.begin(run)
    talks.end(run)
    assert "Ottilie read this and chose not to answer." in page(noor, url)


def test_a_resumed_run_doubles_nothing(noor, conversation, url):
    run = talks.say(conversation)
    talks.begin(run)
    talks.write(run, ("dead", ActionSkipped(name="SPEAK", reason="the worker was lost")))
    talks.begin(run)
    talks.speak(run, "Only once.")
    talks.end(run)
    assert page(noor, url).count("Only once.</p>") == 1


def test_what_waits_shows_as_queued_and_can_be_withdrawn(noor, conversation, url):
    first = talks.say(conversation)
    talks.begin(first)
    second = talks.say(conversation, "And the postmark?")
    html = page(noor, url)
    assert "Sent when Ottilie has finished" in html
    assert "data-stop" in html
    response = noor.post(f"{url}messages/{second.message_id}/withdraw/", **HTMX)
    assert response.json() == {"text": "And the postmark?"}
    html = page(noor, url)
    assert "Withdrawn, not sent" in html
    assert "Sent when" not in html


def test_what_has_begun_cannot_be_withdrawn(noor, conversation, url):
    run = talks.say(conversation)
    Run.objects.filter(pk=run.pk).update(attempts=1, status="running")
    response = noor.post(f"{url}messages/{run.message_id}/withdraw/", **HTMX)
    assert response.status_code == 409
    assert "You can stop it instead" in response.content.decode()


def test_a_message_of_another_conversation_is_not_found(noor, conversation, owner, entity, url):
    other = runs.start_conversation(owner, entity)
    run = talks.say(other)
    assert noor.post(f"{url}messages/{run.message_id}/withdraw/").status_code == 404
    assert noor.get(f"{url}actions/mem1/", {"run": run.pk}).status_code == 404


# ---- Sending ----


def test_sending_by_script_answers_with_the_fragment(noor, conversation, url):
    response = noor.post(f"{url}messages/", {"text": "Hello there", "client_message_id": "abc-1"}, **JSON)
    assert response.status_code == 202
    frame = response.json()
    assert 'id="said-abc-1"' in frame["html"]
    assert frame["seq"] == 1
    again = noor.post(f"{url}messages/", {"text": "Hello there", "client_message_id": "abc-1"}, **JSON)
    assert again.json()["run"] == frame["run"]
    assert Message.objects.count() == 1


def test_sending_without_script_redirects(noor, url):
    response = noor.post(f"{url}messages/", {"text": "Hello there", "client_message_id": "abc-1"})
    assert (response.status_code, response.url) == (302, url)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "empty"), ("   ", "empty"), ("x" * 20_001, "20,000"), ("a\x00b", "NUL")],
)
def test_a_bad_message_is_refused_and_given_back(noor, url, text, words):
    response = noor.post(f"{url}messages/", {"text": text, "client_message_id": "abc-1"}, **JSON)
    assert response.status_code == 400
    assert response.json()["error"]["field"] == "text"
    assert words in response.json()["error"]["message"]
    html = noor.post(f"{url}messages/", {"text": text})
    assert html.status_code == 400
    assert words in html.content.decode()
    assert Message.objects.count() == 0


def test_what_was_typed_is_kept_without_script(noor, url):
    long = "y" * 20_001
    assert long in noor.post(f"{url}messages/", {"text": long}).content.decode()


def test_the_same_id_with_another_text_is_a_conflict(noor, url):
    noor.post(f"{url}messages/", {"text": "One", "client_message_id": "abc-1"}, **JSON)
    response = noor.post(f"{url}messages/", {"text": "Two", "client_message_id": "abc-1"}, **JSON)
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "message_conflict"


def test_stopping_goes_back_to_the_page_the_form_names_but_never_away(noor, conversation, url):
    for target, expected in (("/", "/"), ("https://evil.example/", url), ("//evil.example", url)):
        run = talks.say(conversation)
        response = noor.post(f"/runs/{run.pk}/cancel/", {"next": target})
        assert (response.status_code, response.url) == (302, expected)


# ---- News for a page whose socket is down ----


def test_news_brings_what_changed_as_a_frame(noor, conversation, url):
    talks.turn(conversation, "First")
    after = Conversation.objects.get(pk=conversation.pk).last_seq
    talks.turn(conversation, "Second", "Another answer")
    frame = noor.get(f"{url}new/", {"after": after}).json()
    assert "Another answer" in frame["html"]
    assert "First" not in frame["html"]
    assert frame["seq"] == Conversation.objects.get(pk=conversation.pk).last_seq
    assert noor.get(f"{url}new/", {"after": frame["seq"]}).json()["html"] == ""
    assert noor.get(f"{url}new/", {"after": frame["seq"] + 1}).json()["notice"] == "resync"


# ---- Read marks, title, list ----


def test_reading_is_remembered_and_never_goes_back(noor, conversation, url):
    talks.turn(conversation)
    last = Conversation.objects.get(pk=conversation.pk).last_seq
    assert noor.post(f"{url}read/", {"seq": last + 50}).status_code == 204
    noor.post(f"{url}read/", {"seq": 1})
    conversation.refresh_from_db()
    assert conversation.read_seq == last


def test_looking_at_a_page_writes_nothing(noor, conversation, url):
    talks.turn(conversation)
    page(noor, url)
    conversation.refresh_from_db()
    assert conversation.read_seq == 0


def test_unread_marks_of_other_conversations(noor, conversation, owner, entity):
    talks.turn(conversation, answer="Two things.")
    other = runs.start_conversation(owner, entity)
    html = page(noor, other.get_absolute_url())
    assert '<span class="unread">1<span class="unseen"> unread</span></span>' in html
    assert '<span class="unread">' not in page(noor, conversation.get_absolute_url())


def test_renaming(noor, conversation, url):
    assert 'name="title"' in page(noor, f"{url}title/")
    response = noor.post(f"{url}title/", {"title": " The Hollis letters "}, **HTMX)
    assert "The Hollis letters" in response.content.decode()
    conversation.refresh_from_db()
    assert conversation.title == "The Hollis letters"
    assert noor.post(f"{url}title/", {"title": "Plain"}).url == url


@pytest.mark.parametrize("bad", ["", "  ", "x" * 121])
def test_a_bad_name_is_refused_and_kept(noor, conversation, url, bad):
    response = noor.post(f"{url}title/", {"title": bad}, **HTMX)
    assert 'aria-invalid="true"' in response.content.decode()
    assert bad in response.content.decode()
    conversation.refresh_from_db()
    assert conversation.title == ""


def test_the_menu_of_new_conversations_names_ones_own_entities(noor, entity, stranger):
    state.create(Entity(owner=stranger, slug="x", name="Not mine"))
    html = page(noor, "/c/new/")
    assert "Ottilie" in html
    assert "Not mine" not in html


# ---- Opened actions ----


def test_a_card_says_what_why_how_long_and_what_changed(noor, url, talked):
    html = page(noor, f"{url}actions/mem1/", run=talked.pk)
    assert "Remembered" in html
    assert "worth keeping" in html
    assert "0.1 s" in html
    assert "<ins><span>“Noor drinks tea.” importance 0.50</span></ins>" in html
    assert "Undo this change" in html


def test_undoing_from_the_card(noor, url, talked, entity):
    assert Memory.objects.filter(content="Noor drinks tea.", forgotten_at=None).exists()
    html = noor.post(f"{url}actions/mem1/undo/?run={talked.pk}", **HTMX).content.decode()
    assert "This change was undone." in html
    assert not Memory.objects.filter(content="Noor drinks tea.", forgotten_at=None).exists()
    assert "This change was undone." in page(noor, f"{url}actions/mem1/", run=talked.pk)
    entity.refresh_from_db()
    version = entity.version
    noor.post(f"{url}actions/mem1/undo/?run={talked.pk}", **HTMX)
    entity.refresh_from_db()
    assert entity.version == version


def test_what_something_later_stands_on_is_not_undone(noor, conversation, url, entity):
    run = talks.say(conversation)
    talks.begin(run)
    talks.change(run, "m1", "UPDATE_MOOD", SetMood(mood=Mood(label="glad", intensity=0.5)))
    later = state.apply(entity.pk, [SetMood(mood=Mood(label="sad", intensity=0.4))], cause="edited")
    assert later is not None
    html = page(noor, f"{url}actions/m1/", run=run.pk)
    assert "Undo this change" not in html
    assert f"in version {later.number}" in html
    noor.post(f"{url}actions/m1/undo/?run={run.pk}", **HTMX)
    entity.refresh_from_db()
    assert entity.mood == "sad"


def test_a_recall_shows_its_memories_with_scores(noor, conversation, url):
    run = talks.say(conversation)
    memory = RecalledMemory(id=1, content="Letters 1 to 13 are his.", score=0.91, source="Noor, in a talk")
    talks.begin(run)
    talks.write(run, ("", MemoryRecalled(query="letters", memories=(memory,), considered=31, ms=300)))
    html = page(noor, f"{url}actions/e3/", run=run.pk)
    assert "0.91" in html
    assert "1 of 31 memories" in html


@pytest.mark.parametrize("run", ["", "abc", "0b9f6a52-5f1d-4f58-9a4e-2f2f0c1d0001"])
def test_a_card_of_nothing_is_not_found(noor, url, talked, run):
    assert noor.get(f"{url}actions/mem1/", {"run": run}).status_code == 404
    assert noor.get(f"{url}actions/no-such/", {"run": talked.pk}).status_code == 404


# ---- The state panel ----


def test_the_panel_marks_what_changed_since_and_flashes_what_is_new(noor, url, entity):
    since = entity.version
    goal = PutGoal(goal=GoalValue(text="Find the pen", priority=0.9))
    state.apply(entity.pk, [goal], cause="x")
    seen = since + 1
    state.apply(entity.pk, [SetMood(mood=Mood(label="intrigued", intensity=0.72))], cause="x")
    html = page(noor, f"{url}state/", since=since, seen=seen)
    assert '<li class="fresh fresh--seen"><span>Find the pen</span><span class="data">new</span></li>' in html
    assert 'class="panel__title fresh"' in html
    assert html.count("fresh") == 3  # a goal that was seen, and the mood
    assert 'hx-swap-oob="true"' in html
    assert "fresh" not in page(noor, f"{url}state/")


def test_the_panel_shows_what_ended_and_what_was_forgotten(noor, url, entity):
    goal, memory = entity.goals.get(), entity.memories.get()
    done = GoalValue(text=goal.text, priority=goal.priority, status="completed")
    gone = MemoryValue(content=memory.content, importance=memory.importance, forgotten=True)
    state.apply(entity.pk, [PutGoal(id=goal.pk, goal=done), PutMemory(id=memory.pk, memory=gone)], cause="x")
    html = page(noor, f"{url}state/", since=1)
    assert f'<s>{goal.text}</s></span><span class="data">completed' in html
    assert "forgotten</span>" in html
    assert "None at the moment." in html or "<s>" in html


def test_the_panel_draws_the_trail_of_moods(noor, url, entity):
    for number in range(9):
        mood = Mood(label="m", intensity=0.5, valence=number / 10, arousal=-number / 10)
        state.apply(entity.pk, [SetMood(mood=mood)], cause="x")
    html = page(noor, f"{url}state/")
    assert html.count('class="plane__past"') == 6
    assert 'cx="86.8" cy="86.8" r="4.5"' in html


def test_the_panel_costs_the_same_with_many_memories(noor, url, entity):
    few = queries(noor, f"{url}state/")
    changes = [PutMemory(memory=MemoryValue(content=f"Fact {number}")) for number in range(60)]
    state.apply(entity.pk, changes, cause="x")
    assert queries(noor, f"{url}state/") == few
    html = page(noor, f"{url}state/")
    assert re.search(r'Recent memories <span class="data">61', html)
    assert html.count("<li") < 12


# ---- The timeline ----


def test_the_timeline_lists_every_event_by_run(noor, conversation, url, talked):
    html = page(noor, f"{url}timeline/")
    conversation.refresh_from_db()
    assert html.count('class="log__item"') == conversation.last_seq
    assert "Noor drinks tea." in html
    assert "1.2 s" in html


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({"show": "speech"}, {"message.received", "text.finished"}),
        ({"show": ["change", "speech"]}, {"message.received", "text.finished", "state.changed"}),
        ({"kind": "run.started"}, {"run.started"}),
        ({"action": "ADD_MEMORY"}, {"action.started", "action.finished"}),
        ({"q": "drinks TEA"}, {"state.changed"}),
        ({"q": "no such words"}, set()),
        ({"show": "trouble"}, set()),
    ],
)
def test_filters(noor, url, talked, query, kinds):
    html = noor.get(f"{url}timeline/", query).content.decode()
    assert set(re.findall(r'<span class="data clip">([\w.]+)</span>', html)) == kinds
    if not kinds:
        assert "No event is like that." in html


def test_one_run_and_the_order(noor, conversation, url, talked):
    other = talks.turn(conversation, "Second")
    assert "Second" not in page(noor, f"{url}timeline/", run=talked.pk)
    newest = page(noor, f"{url}timeline/")
    assert newest.index(f"run-{other.pk}") < newest.index(f"run-{talked.pk}")
    oldest = page(noor, f"{url}timeline/", order="oldest")
    assert oldest.index(f"run-{talked.pk}") < oldest.index(f"run-{other.pk}")


def test_pages_of_runs_hold_everything_once(noor, conversation, url):
    fill(conversation, 70)
    seen, address = [], f"{url}timeline/"
    while True:
        html = page(noor, address)
        seen += re.findall(r"Line (\d+)\s*</span>", html)
        more = re.search(r'href="\?([^"]*from=\d+)"', html)
        if not more:
            break
        address = f"{url}timeline/?{more.group(1)}"
    assert sorted(map(int, seen)) == list(range(70))


@pytest.mark.parametrize(
    "query", [{"kind": "nonsense"}, {"show": "x"}, {"run": "abc"}, {"from": "abc"}, {"q": "x" * 201}]
)
def test_a_filter_that_makes_no_sense_is_refused(noor, url, query):
    assert noor.get(f"{url}timeline/", query).status_code == 400


def test_htmx_gets_the_list_alone(noor, url, talked):
    html = noor.get(f"{url}timeline/", **HTMX).content.decode()
    assert html.lstrip().startswith('<div class="tl__window" id="window"')
    assert "<html" not in html


def test_an_event_opens_to_its_fields(noor, url, talked):
    html = page(noor, f"{url}events/4/")
    assert "Noor drinks tea." in html
    assert "state.changed" in html
    assert noor.get(f"{url}events/999/").status_code == 404
    assert noor.get(f"{url}events/0/").status_code == 404


def test_an_empty_timeline(noor, url):
    assert "Nothing has happened yet." in page(noor, f"{url}timeline/")


def test_the_timeline_costs_the_same_for_a_long_talk(noor, conversation, url):
    fill(conversation, 25)
    few = queries(noor, f"{url}timeline/")
    fill(conversation, 400)
    assert queries(noor, f"{url}timeline/") == few


def test_hostile_text_is_inert_everywhere(noor, conversation, url):
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    run = talks.say(conversation, hostile)
    talks.begin(run)
    talks.change(run, "x1", "ADD_MEMORY", PutMemory(memory=MemoryValue(content=hostile)), why=hostile)
    talks.speak(run, hostile)
    talks.end(run, "failed", reason=hostile)
    parts = [
        page(noor, url),
        page(noor, f"{url}timeline/"),
        page(noor, f"{url}state/"),
        page(noor, f"{url}actions/x1/", run=run.pk),
        page(noor, f"{url}events/4/"),
        json.loads(noor.get(f"{url}new/", {"after": 0}).content)["html"],
    ]
    for html in parts:
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_the_list_is_read_again_soon_while_another_talk_in_it_is_answered(noor, owner, conversation, url, talked):
    other = runs.start_conversation(owner, conversation.entity)
    place = f"{url}list/"
    assert 'hx-trigger="every 60s"' in noor.get(place).content.decode()
    talks.say(conversation)  # its own socket tells of this one
    assert 'hx-trigger="every 60s"' in noor.get(place).content.decode()
    talks.say(other)
    assert 'hx-trigger="every 5s"' in noor.get(place).content.decode()
