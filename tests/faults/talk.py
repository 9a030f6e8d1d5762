"""One conversation of a fault test: says, waits for the end, and looks whether all is there once."""

import json
import re
import time
import uuid
from typing import Any

import httpx

from tests.plain_client import Frame, PlainClient
from tests.stub_answers import default_answer

SPEECH = " ".join(f"word{n}" for n in range(60))


def answer(request: dict[str, Any]) -> str:
    """The stub's own plan, with a speech of sixty words and a mood of this talk's own, so that it is a change."""
    plan = json.loads(default_answer(request))
    number = re.findall(r"number ([0-9a-f]{8})", json.dumps(request["messages"]))[-1]
    for action in plan["actions"]:
        if action["action"] == "SPEAK":
            action["text"] = SPEECH
        elif action["action"] == "UPDATE_MOOD":
            action["mood"] = f"curious about {number}"
    return json.dumps(plan)


class Talk:
    """A conversation through the public API, with the patience of a client that comes back."""

    def __init__(self, client: PlainClient, entity: str = "ottilie") -> None:
        self.client = client
        self.id = client.start(entity)
        self.text = f"Tell me about number {uuid.uuid4().hex}."
        self.client_message_id = uuid.uuid4().hex
        self.ack: Frame = {}

    @property
    def run(self) -> str:
        """The run of the message that was said last."""
        return str(self.ack["run"])

    def post(self, text: str = "", client_message_id: str = "") -> httpx.Response:
        """Send the message, as it is or another text or id; whatever comes back."""
        body = {"text": text or self.text, "client_message_id": client_message_id or self.client_message_id}
        return self.client.http.post(f"/conversations/{self.id}/messages", json=body)

    def say(self) -> Frame:
        """Send the message and return its acknowledgement."""
        answer = self.post()
        assert answer.status_code == 202, answer.text
        self.ack = answer.json()
        return self.ack

    def resend(self, seconds: float = 30) -> Frame:
        """Send the same message until it is acknowledged, as the page does."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.post()
                if answer.status_code == 202:
                    self.ack = answer.json()
                    return self.ack
                assert answer.status_code in (500, 502, 503), answer.text
                said = answer.text
            except httpx.TransportError as error:
                said = repr(error)
            assert time.monotonic() < deadline, f"not acknowledged within {seconds:.0f} s: {said}"
            time.sleep(0.2)

    def events(self) -> list[Frame]:
        """The log; asked again while the server does not answer."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.client.events(self.id)
            except (httpx.TransportError, httpx.HTTPStatusError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def wait_end(self, seconds: float = 40) -> Frame:
        """Return the event that ends the run of the last message."""
        deadline = time.monotonic() + seconds
        while True:
            events = self.events()
            for event in events:
                if event["kind"] == "run.finished" and event["run"] == self.run:
                    return event
            told = [(event["seq"], event["kind"]) for event in events]
            assert time.monotonic() < deadline, f"run {self.run} did not end within {seconds:.0f} s: {told}"
            time.sleep(0.1)

    def attempts(self) -> list[int]:
        """The attempts that the log tells of."""
        return [event["attempt"] for event in self.events() if event["kind"] == "run.started"]

    def check_whole(self, seconds: float = 40) -> list[Frame]:
        """It ends well: one message, one whole speech, each change once, nothing after the end."""
        assert self.wait_end(seconds)["status"] == "finished"
        events = self.events()
        kinds = [event["kind"] for event in events]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert kinds.count("message.received") == 1 and kinds.count("run.finished") == 1
        assert kinds[-1] == "run.finished"
        speeches = [event for event in events if event["kind"] == "text.finished" and not event["is_thought"]]
        assert [(speech["text"], speech["is_partial"]) for speech in speeches] == [(SPEECH, False)]
        changes = [str(change) for event in events if event["kind"] == "state.changed" for change in event["changes"]]
        assert len(changes) == len(set(changes)) == 2  # a mood and a memory
        return events

    def requests(self, asked: list[dict[str, Any]]) -> int:
        """How many of these requests to the model were about this talk."""
        return sum(self.text in json.dumps(request) for request in asked)
