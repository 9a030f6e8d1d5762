"""The voices: whole, usable, and with enough to say."""

import re

import pytest
from pydantic import ValidationError

from agents.llm.offline.names import asks_name
from agents.llm.offline.text import content_stems
from agents.llm.offline.voice import DIRECTORY, Picker, Voice, voice

NAMES = sorted(path.stem for path in DIRECTORY.glob("*.toml"))
VOICES = pytest.mark.parametrize("name", NAMES)
COMMON = (
    "greet_new", "greet_known", "like", "fact", "plan", "event", "thanks", "bye", "insult", "compliment", "statement",
    "statement_bare", "opinion", "question", "sad",
)  # fmt: skip
SLOTS = {
    "me", "name", "was", "x", "y", "who", "you", "doing", "unnamed", "tagline", "mood", "level", "env", "look", "goal",
    "desire", "known", "facts", "more", "own", "said",
}  # fmt: skip


def test_there_are_four_of_them():
    assert NAMES == ["ishbel", "ottilie", "plain", "shim"]


@VOICES
def test_common_situations_have_at_least_eight_lines(name: str):
    assert {pool: len(voice(name).say[pool]) for pool in COMMON if len(voice(name).say[pool]) < 8} == {}


@VOICES
def test_each_has_the_same_situations(name: str):
    plain = voice("plain")
    assert set(voice(name).say) == set(plain.say)
    assert set(voice(name).think) == set(plain.think)


@VOICES
def test_slots_are_known_and_topics_are_patterns(name: str):
    for lines in (*voice(name).say.values(), *voice(name).think.values()):
        for line in lines:
            assert {slot.casefold() for slot in re.findall(r"\{(\w+)\}", line)} <= SLOTS, line
            assert line.count("{") == line.count("}")
    for topic in voice(name).topics.values():
        assert re.compile(topic.match)
        assert topic.says or topic.answers


@VOICES
def test_no_line_is_there_twice(name: str):
    lines = [line for pool in voice(name).say.values() for line in pool]
    assert len(lines) == len(set(lines))


@VOICES
def test_lines_that_ask_for_a_name_are_known_to_ask_for_it(name: str):
    for pool in ("ask_name", "my_name_unknown", "not_name"):
        for line in voice(name).say[pool]:
            assert asks_name(line), line
    for pool in set(voice(name).say) - {"ask_name", "my_name_unknown", "not_name"}:
        for line in voice(name).say[pool]:
            assert not asks_name(line), line


@VOICES
def test_a_question_for_an_animals_name_is_put_in_words_that_are_understood(name: str):
    assert all("your {unnamed} called?" in line for line in voice(name).say["unnamed"])


def test_the_voices_share_no_lines():
    seen: dict[str, str] = {}
    shared = []
    for name in NAMES:
        for lines in voice(name).say.values():
            for line in lines:
                if seen.setdefault(line, name) != name and len(content_stems(line)) > 2:
                    shared.append(line)
    assert shared == []


def test_a_file_name_that_is_no_voice_is_the_plain_one():
    assert voice("../plain") == voice("nobody") == voice("plain")


def test_a_voice_without_an_emotion_is_refused():
    fields = voice("plain").model_dump()
    fields["moods"].pop("joy")
    with pytest.raises(ValidationError, match="eight emotions"):
        Voice.model_validate(fields)


def test_a_line_that_was_said_is_said_again_only_after_all_others():
    lines = ("A line about {x}.", "Another line about {x}.", "A third one, of its own.")
    said: list[str] = []
    for turn in range(6):
        said.append(Picker(said, "seed", turn).line(lines, {"x": "rain"}))

    assert (
        set(said[:3]) == set(said[3:]) == {"A line about rain.", "Another line about rain.", "A third one, of its own."}
    )


def test_a_line_is_said_only_when_its_slots_are_filled_and_its_claim_is_true():
    picker = Picker([], "", 0)

    assert picker.line(("About {x}.",), {"x": ""}) == ""
    assert picker.line(("*It is kept.",), {}, kept=False) == ""
    assert picker.line(("*It is kept.",), {}, kept=True) == "It is kept."
    assert picker.line(("{X} it is.",), {"x": "the old {y} shed"}) == "The old {y} shed it is."
