"""Asking the index. Hits come newest first; what was withdrawn or deleted, or is on another branch, is not found."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from interactions.models import Message
from interactions.search.schema import ROW, WORDS

# Words that are looked for, and characters around the first of them in a hit.
MOST_WORDS, AROUND = 8, 110

_SHOWN = """JOIN interactions_message m ON m.id = r.message_id
JOIN interactions_conversation c ON c.id = m.conversation_id
WHERE {0} AND c.owner_id = %s AND c.deleted_at IS NULL
AND m.withdrawn_at IS NULL AND m.deleted_at IS NULL AND NOT m.off_branch"""
_SQLITE = f"""SELECT m.id FROM {WORDS} w JOIN {ROW} r ON r.id = w.rowid
{_SHOWN.format(f"{WORDS} MATCH %s")} ORDER BY w.rowid DESC LIMIT %s"""
_POSTGRES = f"""SELECT m.id FROM {ROW} r
{_SHOWN.format("r.words @@ to_tsquery('simple', %s) AND r.owner_id = %s")} ORDER BY r.id DESC LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found. `excerpt` is safe HTML with the words marked."""

    message: Message
    excerpt: SafeString

    @property
    def at(self) -> datetime:
        """When it was said."""
        return self.message.created_at


def words_of(text: str) -> list[str]:
    """Return the words to look for: letters and digits, at most `MOST_WORDS` of them."""
    return re.findall(r"\w+", text.replace("\x00", " "))[:MOST_WORDS]


def find(user: User, text: str, limit: int = 60) -> list[Hit]:
    """Return the newest messages of the user's talks that have every word of `text`; where those are few, also such
    whose last word only begins so."""
    words = words_of(text)
    if not words:
        return []
    ids = _ids(user.pk, words, limit)
    if len(ids) < limit:
        # Beginnings cost more than words: an index has to be merged over all that begin so.
        begun = _ids(user.pk, words, limit, is_begun=True)
        ids = [*ids, *(pk for pk in begun if pk not in ids)][:limit]
    # Whose they are, the index knows: asked again, SQLite would read all that the user has.
    rows = Message.objects.filter(pk__in=ids).select_related("conversation__entity")
    found = {row.pk: row for row in rows if row.conversation.owner_id == user.pk}
    return [Hit(found[pk], excerpt(found[pk].text, words)) for pk in ids if pk in found]


def _ids(owner: int, words: list[str], limit: int, *, is_begun: bool = False) -> list[UUID]:
    """The newest messages with all `words`; with `is_begun` the last one may be the beginning of a word."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            asked = " & ".join(f"'{word}'" for word in words) + (":*" if is_begun else "")
            cursor.execute(_POSTGRES, [asked, owner, owner, limit])
            return [row[0] for row in cursor.fetchall()]
        asked = " AND ".join(f'"{word}"' for word in words)
        begun = "*" if is_begun else ""
        cursor.execute(_SQLITE, [f"owner : u{owner} AND text : ({asked}{begun})", owner, limit])
        return [UUID(row[0]) for row in cursor.fetchall()]


def excerpt(text: str, words: list[str]) -> SafeString:
    """Return the part of `text` around the first of `words`, as HTML in which each of them is marked."""
    line = " ".join(text.split())
    pattern = _pattern(words)
    first = pattern.search(_plain(line))
    middle = first.start() if first else 0
    start, end = max(0, middle - AROUND), min(len(line), middle + 2 * AROUND)
    part = line[start:end]
    pieces, at = [], 0
    for match in pattern.finditer(_plain(part)):
        pieces.append((part[at : match.start()], part[match.start() : match.end()]))
        at = match.end()
    marked = format_html_join("", "{}<mark>{}</mark>", pieces)
    return format_html("{}{}{}{}", "…" if start else "", marked, part[at:], "…" if end < len(line) else "")


def _pattern(words: list[str]) -> re.Pattern[str]:
    """Whole words, but for the last one, which may be the beginning of a longer one."""
    whole = [rf"\b{re.escape(_plain(word))}\b" for word in words[:-1]]
    return re.compile("|".join([*whole, rf"\b{re.escape(_plain(words[-1]))}\w*"]), re.IGNORECASE)


def _plain(text: str) -> str:
    """The text without accents, sign for sign, so that a place in one is the place in the other."""
    return "".join(unicodedata.normalize("NFD", sign)[0] for sign in text)
