"""A model server that hangs, refuses, breaks off, never ends or talks nonsense, over the whole installation: every run
ends in bounded time with a reason in words, what was seen stays, and the talk goes on."""

import time

import pytest

from tests.faults.talk import Talk
from tests.listener import Listener
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

# Fault, how often, how the run ends, words of the reason.
CASES = [
    ("hang", 1, "finished", ""),
    ("hang", -1, "failed", "silent"),
    ("stall", 1, "failed", "silent"),
    ("overloaded", 1, "finished", ""),
    ("overloaded", -1, "failed", "limit"),
    ("server_error", 1, "finished", ""),
    ("cut_early", 1, "finished", ""),
    ("cut_early", -1, "failed", ""),
    ("cut", 1, "failed", ""),
    ("truncate", -1, "failed", ""),
    ("endless", 1, "failed", "characters"),
    ("bad_json", 1, "failed", ""),
    ("error_inside", 1, "failed", "memory"),
    ("empty", -1, "failed", "nothing"),
    ("garbage", -1, "failed", ""),
    ("web_page", 1, "failed", ""),
    ("key_refused", 1, "failed", "key"),
    ("no_model", 1, "failed", "model"),
    ("no_quota", 1, "failed", "quota"),
]


@pytest.mark.parametrize(("fault", "times", "status", "words"), CASES)
def test_a_model_that_goes_wrong(
    system: System, talk: Talk, model: StubModel, fault: str, times: int, status: str, words: str
) -> None:
    model.fail(fault, times, after=12)
    if fault == "endless":
        model.pace = 0
    began = time.monotonic()
    try:
        with Listener(system.client, talk.id) as ear:
            talk.say()
            end = ear.wait_end(talk.run, 25)
            ear.check()
    finally:
        model.pace = 0.01
    assert time.monotonic() - began < 25
    assert end["status"] == status and words in end["reason"].lower(), end
    assert end["status"] == "finished" or (end["reason"] and end["code"])
    if status == "finished":
        talk.check_whole()
    assert talk.attempts() == [1]
    # What was seen of a text is in the log, once.
    texts = [event["action"] for event in talk.events() if event["kind"] == "text.finished"]
    assert len(texts) == len(set(texts))
    model.heal()
    talk.text, talk.client_message_id = talk.text.replace("number", "another number"), f"again-{talk.client_message_id}"
    talk.say()
    assert talk.wait_end()["status"] == "finished"


@pytest.mark.parametrize("how", ["cut", "lag", "black hole", "refuse"])
def test_the_way_to_the_model(system: System, talk: Talk, model: StubModel, how: str) -> None:
    with Listener(system.client, talk.id) as ear:
        if how in ("lag", "refuse"):
            system.to_model.lag(0.3) if how == "lag" else system.to_model.refuse()
            talk.say()
        else:
            talk.say()
            ear.wait_speaking()
            system.to_model.cut() if how == "cut" else system.to_model.black_hole()
        end = ear.wait_end(talk.run)
        ear.check()
        assert end["status"] == ("finished" if how == "lag" else "failed")
        if how in ("cut", "black hole"):
            partial = [e for e in talk.events() if e["kind"] == "text.finished" and e["is_partial"]]
            assert len(partial) == 1 and partial[0]["text"].startswith("word0 word1")
    system.to_model.heal()
    again = Talk(system.client)
    again.say()
    again.check_whole()
