"""Prompts and answers in the form that the conventions give them. Only where MEMOS_OTEL_CONTENT allows it."""

import json

from agents.llm.gateway import CallRecord


def content_of(call: CallRecord) -> dict[str, str]:
    """Return the attributes of a request's span that hold what was said."""
    messages = json.loads(call.prompt)
    system = [_text(message["content"]) for message in messages if message["role"] == "system"]
    rest = [
        {"role": message["role"], "parts": [_text(message["content"])]}
        for message in messages
        if message["role"] != "system"
    ]
    answer = [{"role": "assistant", "parts": [_text(call.answer)], "finish_reason": call.finish or "stop"}]
    return {
        "gen_ai.system_instructions": _json(system),
        "gen_ai.input.messages": _json(rest),
        "gen_ai.output.messages": _json(answer),
    }


def _text(content: str) -> dict[str, str]:
    return {"type": "text", "content": content}


def _json(what: object) -> str:
    return json.dumps(what, ensure_ascii=False)
