"""Search over all talks: one's own, newest first, marked, and up to date with every write."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from interactions import branches, erasure, removal, runs, search
from interactions.models import Conversation, Message
from interactions.search import query, schema
from tests.unit.test_branches import again, edited, exchange

pytestmark = pytest.mark.django_db


def texts(user: User, words: str) -> list[str]:
    return [hit.message.text for hit in search.find(user, words)]


def test_messages_of_both_sides_are_found_newest_first(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "Where is the lighthouse?", "The lighthouse stands on Skerry Vhor.")
    exchange(conversation, "And the boat?", "It is late.")
    assert texts(owner, "lighthouse") == ["The lighthouse stands on Skerry Vhor.", "Where is the lighthouse?"]
    assert texts(owner, "LIGHTHOUSE vhor") == ["The lighthouse stands on Skerry Vhor."]
    assert texts(owner, "lighthouse boat") == []


def test_the_last_word_may_be_a_beginning(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "The harbour clock", "It stopped.")
    assert texts(owner, "harb") == ["The harbour clock"]
    assert texts(owner, "harb clock") == [], "only the last one"


@pytest.mark.parametrize(
    "words", ["", "   ", "!?", '"', "'", "a\x00b", "* OR 1", "text:x NEAR(", "owner:u1", "\\", "%"]
)
def test_whatever_is_asked_is_only_words(owner: User, conversation: Conversation, words: str) -> None:
    exchange(conversation, "Nothing of that.", "No.")
    assert texts(owner, words) == []


def test_nobody_finds_what_is_somebody_elses(owner: User, stranger: User, conversation: Conversation) -> None:
    exchange(conversation, "The secret harbour", "Yes.")
    assert texts(stranger, "harbour") == []
    assert texts(stranger, f"u{owner.pk}") == texts(owner, f"u{owner.pk}") == []


def test_what_is_not_in_a_talk_any_more_is_not_found(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "harbour one", "harbour answer")
    other = again(first, owner, "quay answer")
    assert texts(owner, "harbour") == ["harbour one"] and texts(owner, "quay") == ["quay answer"]
    branches.switch(first.pk, owner)
    assert texts(owner, "harbour") == ["harbour answer", "harbour one"] and texts(owner, "quay") == []
    removal.delete_turn(first.pk, owner)
    assert texts(owner, "harbour") == []
    removal.restore_turn(first.pk, owner)
    branches.switch(other.pk, owner)
    edited(other, owner, "pier one", "pier answer")
    assert texts(owner, "pier") == ["pier answer", "pier one"]
    removal.delete_conversation(conversation, owner)
    assert texts(owner, "pier") == []
    removal.restore_conversation(conversation.pk, owner)
    assert texts(owner, "pier") == ["pier answer", "pier one"]


def test_a_message_that_was_not_stored_is_not_in_the_index(owner: User, conversation: Conversation) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        runs.send(conversation, owner, "harbour")
        raise ZeroDivisionError
    assert rows() == 0


def test_erasing_a_talk_erases_it_from_the_index(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "harbour one", "harbour answer")
    assert rows() == 2
    erasure.erase_conversation(conversation.pk, "asked for")
    assert rows() == 0
    assert texts(owner, "harbour") == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {schema.WORDS} WHERE {schema.WORDS} MATCH 'harbour'")
            assert cursor.fetchone()[0] == 0, "not the words either"


def test_a_text_that_changes_is_found_by_its_new_words(owner: User, conversation: Conversation) -> None:
    run = exchange(conversation, "harbour", "Yes.")
    assert run.message_id is not None
    Message.objects.filter(pk=run.message_id).update(text="quay")
    assert (texts(owner, "harbour"), texts(owner, "quay")) == ([], ["quay"])


def test_the_index_can_be_made_anew(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "harbour one", "harbour answer")
    search.install(None, SimpleNamespace(connection=connection))
    schema.ensure()
    exchange(conversation, "harbour two", "Yes.")
    assert texts(owner, "harbour") == ["harbour two", "harbour answer", "harbour one"]


def test_all_triggers_are_there_after_all_migrations() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger")
            wanted = set(schema._POSTGRES_TRIGGERS)
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            wanted = set(schema._SQLITE_TRIGGERS)
        assert wanted <= {row[0] for row in cursor.fetchall()}


def test_the_words_are_marked_and_the_rest_is_text() -> None:
    assert query.excerpt("<b>Harbour</b> & Café", ["cafe"]) == "&lt;b&gt;Harbour&lt;/b&gt; &amp; <mark>Café</mark>"
    assert query.excerpt("a harbours b", ["harbour"]) == "a <mark>harbours</mark> b"
    long = query.excerpt("x " * 400 + "harbour " + "y " * 400, ["harbour"])
    assert "<mark>harbour</mark>" in long and long.startswith("…") and long.endswith("…") and len(long) < 500


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {schema.ROW}")
        return int(cursor.fetchone()[0])
