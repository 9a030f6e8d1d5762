"""Chains (A23): saved sequences that run whole, edited on a page and started from a talk."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents import chains
from agents.models import Chain, Entity
from interactions import runs
from interactions.errors import NotFound, NotPossible
from interactions.models import Conversation, Message, Run

pytestmark = pytest.mark.django_db
ROUND: list[dict[str, Any]] = [
    {"action": "UPDATE_ENVIRONMENT", "args": {"environment": "The gallery, at dawn."}, "id": "out", "after": []},
    {"action": "SPEAK", "context": "say good morning", "after": ["out"]},
]


@pytest.fixture
def noor(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def chain(owner: User) -> Chain:
    return Chain.objects.create(owner=owner, name="Morning round", actions=ROUND)


def typed(name: str = "Farewell", do: str = "save", **more: str) -> dict[str, str]:
    return {"name": name, "action-0": "SPEAK", "context-0": "say goodbye", "arg-0-text": "", "do": do, **more}


def test_a23_a_chain_is_written_on_its_page_and_listed(noor: Client, entity: Entity) -> None:
    assert b"None yet" in noor.get("/chains/").content
    added = noor.post("/chains/new/", {**typed(do="add"), "new": "UPDATE_MOOD"})
    assert added.status_code == 200 and b"2. UPDATE_MOOD" in added.content and not Chain.objects.exists()
    more = {"action-1": "UPDATE_MOOD", "arg-1-mood": "wistful", "arg-1-intensity": "0.6", "entity": entity.slug}
    assert noor.post("/chains/new/", typed(**more)).status_code == 302
    chain = Chain.objects.get()
    assert (chain.name, chain.entity) == ("Farewell", entity)
    assert [action.action for action in chains.plan_of(chain).actions] == ["SPEAK", "UPDATE_MOOD", "DONE"]
    assert chain.planned[1].args == {"mood": "wistful", "intensity": 0.6}
    page = noor.get(f"/chains/{chain.pk}/").content.decode()
    assert 'value="wistful"' in page and 'value="say goodbye"' in page
    assert "Farewell" in noor.get("/chains/").content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": ""}, "Give it a name."),
        ({"name": "x" * 61}, "at most 60"),
        ({"action-0": "FLY"}, "Add at least one action."),
        ({"action-1": "UPDATE_MOOD", "arg-1-mood": "sad", "arg-1-intensity": "much"}, "UPDATE_MOOD: intensity"),
        ({"action-1": "UPDATE_MOOD", "arg-1-intensity": "0.5"}, "UPDATE_MOOD: mood"),
        ({"after-0": "nobody"}, "no action has that id"),
        ({"id-0": "a", "after-0": "a"}, "waits for itself"),
        ({"id-0": "two words"}, "must be a short word"),
        ({"entity": "somebody-else"}, "There is no such entity."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(noor: Client, more: dict[str, str], said: str) -> None:
    response = noor.post("/chains/new/", {**typed(), **more})
    assert response.status_code == 400 and said in response.content.decode().replace("&quot;", '"')
    assert not Chain.objects.exists()
    if more.get("action-0") != "FLY":
        assert 'value="say goodbye"' in response.content.decode()


def test_two_chains_of_one_name_are_refused_and_a_removed_one_comes_back(noor: Client, chain: Chain) -> None:
    assert "of this name" in noor.post("/chains/new/", typed("MORNING round")).content.decode()
    gone = noor.post(f"/chains/{chain.pk}/remove/", follow=True).content.decode()
    assert "was removed" in gone and "Undo" in gone and noor.get(f"/chains/{chain.pk}/").status_code == 404
    noor.post(f"/chains/{chain.pk}/restore/")
    assert noor.get(f"/chains/{chain.pk}/").status_code == 200


def test_rows_move_and_go_without_anything_being_stored(noor: Client, chain: Chain) -> None:
    rows = {"action-0": "SPEAK", "action-1": "THINK", "name": "x"}
    moved = noor.post(f"/chains/{chain.pk}/", {**rows, "do": "up-1"}).content.decode()
    assert moved.index("1. THINK") < moved.index("2. SPEAK")
    assert "THINK</strong>" not in noor.post(f"/chains/{chain.pk}/", {**rows, "do": "remove-1"}).content.decode()
    chain.refresh_from_db()
    assert chain.name == "Morning round" and chain.actions == ROUND


def test_a23_a_button_in_the_talk_runs_it(noor: Client, chain: Chain, conversation: Conversation) -> None:
    menu = noor.get(f"/c/{conversation.pk}/chains/").content.decode()
    assert "Morning round" in menu and f"/c/{conversation.pk}/chains/{chain.pk}/run/" in menu
    answer = noor.post(f"/c/{conversation.pk}/chains/{chain.pk}/run/", headers={"hx-request": "true"})
    assert answer.status_code == 200 and 'id="chains-menu"' in answer.content.decode()
    run = Run.objects.get()
    assert (run.strategy, run.trigger["kind"], Message.objects.get().text) == (
        "deliberate",
        "user_input",
        "/run Morning round",
    )
    assert run.plan is not None
    assert [action["action"] for action in run.plan["actions"]] == ["UPDATE_ENVIRONMENT", "SPEAK", "DONE"]


def test_only_ones_own_chains_and_those_for_the_entity_run(
    owner: User, stranger: User, entity: Entity, conversation: Conversation
) -> None:
    other = Entity.objects.create(owner=owner, slug="other", name="Other")
    for chain in (
        Chain.objects.create(owner=stranger, name="Theirs", actions=ROUND),
        Chain.objects.create(owner=owner, entity=other, name="For the other", actions=ROUND),
    ):
        with pytest.raises(NotFound):
            runs.run_chain(conversation, owner, chain)
    broken = Chain.objects.create(owner=owner, name="Broken", actions=[{"action": "FLY"}])
    with pytest.raises(NotPossible, match="there is no action 'FLY'"):
        runs.run_chain(conversation, owner, broken)
    assert not Run.objects.exists() and not Message.objects.exists()


def test_a_stranger_finds_no_chain(client: Client, stranger: User, chain: Chain) -> None:
    client.force_login(stranger)
    assert client.get(f"/chains/{chain.pk}/").status_code == 404
    assert client.post(f"/chains/{chain.pk}/remove/").status_code == 404
    assert "Morning" not in client.get("/chains/").content.decode()


def test_a_chain_may_ask_and_set_timers(noor: Client) -> None:
    asks = {"action-0": "ASK_USER", "arg-0-question": "Tea?", "arg-0-choices": "Yes\n\n No thanks \n"}
    sets = {"action-1": "SET_TIMER", "arg-1-what": "Brew", "arg-1-at": "18:30", "arg-1-daily": "true"}
    assert noor.post("/chains/new/", {"name": "Tea", "do": "save", **asks, **sets}).status_code == 302
    chain = Chain.objects.get()
    first, second, _done = chains.plan_of(chain).actions
    assert first.args["choices"] == ["Yes", "No thanks"] and second.args["daily"] is True
    html = noor.get(f"/chains/{chain.pk}/").content.decode()
    assert "Yes\nNo thanks</textarea>" in html and "In minutes" in html and "<option selected>true</option>" in html
