"""How the stub model writes a streamed answer: OpenAI's wire, and as much of Anthropic's and Google's as they need."""

import json
from typing import Any, ClassVar


def data(value: object, event: str = "") -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(value)}\n\n".encode()


def completion(text: str) -> dict[str, Any]:
    """A whole answer, as OpenAI gives it to who did not ask for a stream."""
    message = {"role": "assistant", "content": text}
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": len(text.split())},
    }


class Wire:
    """One protocol: the bytes before the first token, of a token, of a thought, and after the last token."""

    always_streams: ClassVar[bool] = False

    def start(self, request: dict[str, Any]) -> bytes:
        raise NotImplementedError

    def token(self, text: str) -> bytes:
        raise NotImplementedError

    def thought(self, text: str) -> bytes:
        raise NotImplementedError

    def end(self, reason: str, asked: int, answered: int) -> bytes:
        raise NotImplementedError


class OpenAI(Wire):
    """POST /v1/chat/completions"""

    _head = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"stub",'

    def __init__(self) -> None:
        self._usage = False

    def _chunk(self, delta: str, reason: str = "null") -> bytes:
        choice = f'{{"index":0,"delta":{delta},"finish_reason":{reason}}}'
        return f'data: {self._head}"choices":[{choice}]}}\n\n'.encode()

    def start(self, request: dict[str, Any]) -> bytes:
        self._usage = bool((request.get("stream_options") or {}).get("include_usage"))
        return b": ready\n\n" + self._chunk('{"role":"assistant","content":""}')

    def token(self, text: str) -> bytes:
        return self._chunk(f'{{"content":{json.dumps(text)}}}')

    def thought(self, text: str) -> bytes:
        return self._chunk(f'{{"content":null,"reasoning_content":{json.dumps(text)}}}')

    def end(self, reason: str, asked: int, answered: int) -> bytes:
        usage = f'data: {self._head}"choices":[],"usage":{{"prompt_tokens":{asked},"completion_tokens":{answered}}}}}'
        last = f"{usage}\n\n".encode() if self._usage else b""
        return self._chunk("{}", f'"{reason}"') + last + b"data: [DONE]\n\n"


class Anthropic(Wire):
    """POST /v1/messages"""

    def start(self, request: dict[str, Any]) -> bytes:
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": request.get("model", "stub"),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 7, "output_tokens": 0},
        }
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        return data({"type": "message_start", "message": message}, "message_start") + data(block, "content_block_start")

    def token(self, text: str) -> bytes:
        delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        return data(delta, "content_block_delta")

    def thought(self, text: str) -> bytes:
        return data({"type": "ping"}, "ping")

    def end(self, reason: str, asked: int, answered: int) -> bytes:
        stop = "max_tokens" if reason == "length" else "end_turn"
        delta = {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": {"output_tokens": answered},
        }
        return (
            data({"type": "content_block_stop", "index": 0}, "content_block_stop")
            + data(delta, "message_delta")
            + data({"type": "message_stop"}, "message_stop")
        )


class Google(Wire):
    """POST /v1beta/models/NAME:streamGenerateContent?alt=sse"""

    always_streams = True

    def start(self, request: dict[str, Any]) -> bytes:
        return b""

    def token(self, text: str) -> bytes:
        return data({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}]})

    def thought(self, text: str) -> bytes:
        parts = [{"text": text, "thought": True}]
        return data({"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}]})

    def end(self, reason: str, asked: int, answered: int) -> bytes:
        stop = "MAX_TOKENS" if reason == "length" else "STOP"
        usage = {"promptTokenCount": asked, "candidatesTokenCount": answered, "totalTokenCount": asked + answered}
        content = {"role": "model", "parts": [{"text": ""}]}
        return data({"candidates": [{"content": content, "finishReason": stop}], "usageMetadata": usage})


WIRES: dict[str, type[Wire]] = {
    "/chat/completions": OpenAI,
    "/messages": Anthropic,
    ":streamGenerateContent": Google,
}


def wire_of(path: str) -> Wire | None:
    """The protocol of a path, or None. OpenAI's and Anthropic's live under /v1, as at their vendors."""
    for end, wire in WIRES.items():
        if path.endswith(end) and path.startswith("/v1"):
            return wire()
    return None
