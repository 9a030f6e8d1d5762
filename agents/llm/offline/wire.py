"""The responder's answers as streams of text: the JSON of a plan, its texts word by word."""

import json
import re
from collections.abc import Iterator, Sequence

from agents.llm.offline.shape import Step

_WORDS = re.compile(r"\S+\s*|\s+")


def words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of `text` with the space that follows, each to be paced."""
    for match in _WORDS.finditer(text):
        yield match.group(), True


def plan_pieces(
    reasoning: str, steps: Sequence[Step], texts: dict[str, str], *, can_extend: bool = False
) -> Iterator[tuple[str, bool]]:
    """Yield the JSON of a plan in pieces, each with whether it is a word of a text, to be paced.

    `texts` holds the text of each text action by its name; an action that is not in it has no text.
    """
    yield f'{{"reasoning": {_json(reasoning)}, "can_extend": {_json(can_extend)}, "actions": [', False
    for index, step in enumerate(steps):
        yield ", " if index else "", False
        text = texts.get(step.action)
        fields = {"action": step.action, **({"context": step.context} if step.context else {}), **step.args}
        head = _json(fields)
        if text is None:
            yield head, False
            continue
        yield f'{head[:-1]}, "text": "', False
        yield from words(_json(text)[1:-1])
        yield '"}', False
    yield "]}", False


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
