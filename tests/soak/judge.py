"""After a soak: does the log hold what each person was promised, once, in order, and as the sockets told it?"""

from collections.abc import Iterator

from tests.plain_client import Frame, PlainClient
from tests.soak.person import Person, Sent, Told


def judge(person: Person) -> Iterator[str]:
    """Yield what is wrong with a person's conversations."""
    token = person.headers["Authorization"].removeprefix("Bearer ")
    with PlainClient(person.url, token) as client:
        for talk in person.talks:
            for words in wrong_with(talk, client.events(talk.id)):
                yield f"{person.name}, conversation {talk.id}: {words}"


def wrong_with(talk: Told, log: list[Frame]) -> Iterator[str]:
    """Yield what is wrong with one conversation, whose stored log is `log`."""
    if [event["seq"] for event in log] != list(range(1, len(log) + 1)):
        yield "the log has gaps or duplicates"
    if talk.frames != log:
        yield f"the socket told {len(talk.frames)} events, the log has {len(log)}, or they differ"
    received = [event for event in log if event["kind"] == "message.received"]
    if [event["client_message_id"] for event in received] != [sent.id for sent in talk.sent]:
        yield f"sent were {[sent.id for sent in talk.sent]}, stored {[e['client_message_id'] for e in received]}"
    for sent in talk.sent:
        yield from _message(sent, log)


def _message(sent: Sent, log: list[Frame]) -> Iterator[str]:
    run = sent.ack.get("run")
    if run is None:
        yield f"message {sent.id} was never acknowledged"
        return
    told = next((event for event in log if event["seq"] == sent.ack["seq"]), {})
    if told.get("message") != sent.ack["message"] or told.get("text") != sent.text:
        yield f"message {sent.id} is not what event {sent.ack['seq']} tells"
    own = [event for event in log if event["run"] == run]
    ends = [event for event in own if event["kind"] == "run.finished"]
    if len(ends) != 1 or own[-1] != ends[0]:
        yield f"run {run} has {len(ends)} ends, the last of its events is {own[-1]['kind'] if own else 'none'}"
        return
    if sent.cancelled and ends[0]["status"] != "cancelled":
        yield f"run {run} was cancelled and is {ends[0]['status']}"
    yield from _speeches(run, sent, own, ends[0])


def _speeches(run: str, sent: Sent, own: list[Frame], end: Frame) -> Iterator[str]:
    whole = [e for e in own if e["kind"] == "text.finished" and not e["is_thought"] and not e["is_partial"]]
    if len(whole) > 1:
        yield f"run {run} has spoken {len(whole)} times"
    if end["status"] == "finished" and len(whole) != 1:
        yield f"run {run} is finished and has spoken {len(whole)} times"
    if any(sent.text not in speech["text"] for speech in whole):
        yield f"run {run} answers another message"
