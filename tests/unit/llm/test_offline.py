"""The offline responder as its users meet it: talks with the sample entities."""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.changes import EMOTIONS
from agents.llm.base import ModelUsage
from agents.llm.offline.names import asks_name
from agents.llm.offline.turn import Turn
from agents.mind import EntityState, Persona
from agents.samples import samples
from tests.unit.llm.talk import Plan, Step, Talk, ask, completed, pieces

STATES = {sample.slug: sample.state() for sample in samples()}
STATES["marlow"] = EntityState(persona=Persona(name="Marlow", tagline="A retired sailor", persona="You are Marlow."))
TEN = (
    "Hello!",
    "I'm Sam, by the way.",
    "I found a box of old letters in the attic.",
    "My sister lives in Oslo.",
    "My favourite tea is rooibos.",
    "Tomorrow I'm going to paint the shed.",
    "How are you tonight?",
    "I'm so tired today.",
    "Do you think I should keep them?",
    "What is my name?",
)


@pytest.fixture(params=list(STATES))
def talk(request: pytest.FixtureRequest) -> Talk:
    """A talk with each of the entities in turn."""
    return Talk(STATES[request.param])


def test_ten_turns_are_all_answered_without_repeating_and_the_name_is_known_after_them(talk: Talk):
    replies = [talk.say(text) for text in TEN]

    assert all(replies)
    assert len(set(replies)) == len(TEN)
    assert "Sam" in replies[-1]
    assert len(talk.memories()) >= 6 + len(STATES_OWN[talk.state.persona.name])


STATES_OWN = {state.persona.name: state.known() for state in STATES.values()}


def test_the_order_is_think_then_changes_then_speak_then_done(talk: Talk):
    talk.say("I'm Sam and I love rain. Tomorrow I'm going to paint the shed.")

    assert talk.plan is not None
    names = [step.action for step in talk.plan.actions]
    assert names[0] == "THINK"
    assert names[-2:] == ["SPEAK", "DONE"]
    assert set(names[1:-2]) == {"UPDATE_MOOD", "ADD_MEMORY", "ADD_GOAL"}


def test_a_thought_is_not_the_speech_and_is_short(talk: Talk):
    for text in TEN:
        reply = talk.say(text)
        (thought,) = talk.steps("THINK")
        assert thought.text
        assert thought.text not in reply
        assert len(thought.text) < 140


def test_thoughts_of_neighbouring_turns_differ(talk: Talk):
    thoughts = []
    for _ in range(4):
        talk.say("The ferry was late again.")
        thoughts.append(talk.steps("THINK")[0].text)

    assert all(one != other for one, other in pairwise(thoughts))


def test_the_same_line_said_twelve_times_is_answered_with_twelve_lines(talk: Talk):
    replies = [talk.say("That is how it goes with such things.") for _ in range(10)]

    assert len(set(replies)) == 10


def test_the_voices_sound_different():
    replies = {who: [Talk(state).say(text) for text in TEN] for who, state in STATES.items()}

    for index in range(len(TEN)):
        assert len({lines[index] for lines in replies.values()}) == len(STATES)
    length = {who: sum(len(line) for line in lines) for who, lines in replies.items()}
    assert length["ishbel"] < 0.7 * length["ottilie"]


def test_a_talk_is_the_same_each_time(talk: Talk):
    again = Talk(talk.state)

    assert [talk.say(text) for text in TEN] == [again.say(text) for text in TEN]
    assert talk.state == again.state


def test_a_second_greeting_differs_from_the_first(talk: Talk):
    assert talk.say("Hello") != talk.say("Hello")


def test_it_greets_by_name_in_a_later_conversation(talk: Talk):
    talk.say("My name is Sam.")
    talk.new_conversation()

    assert "Sam" in talk.say("Good evening!")


def test_a_name_is_asked_for_once_and_the_bare_answer_is_understood():
    talk = Talk(STATES["shim"])
    replies = [talk.say(text) for text in ("Hi", "So it goes.", "The train was late.", "Well, yes.", "It was fine.")]

    assert sum(asks_name(reply) for reply in replies) == 1


def test_a_bare_word_answers_the_question_for_a_name(talk: Talk):
    talk.say("What is my name?")
    talk.say("Tobermory")

    assert "The visitor’s name is Tobermory." in talk.memories()


@pytest.mark.parametrize(
    "text",
    [
        "Please don't answer.",
        "be quiet",
        "Just listen.",
        "hold on",
        "Hold on. Kettle.",
        "shh",
        "say nothing",
        "Wait a moment",
        "No need to reply, I only want to say that I miss my dog.",
        "one moment please",
        "brb",
    ],
)
def test_it_stays_silent_when_asked_to(talk: Talk, text: str):
    assert talk.say(text) == ""
    assert talk.plan is not None
    names = [step.action for step in talk.plan.actions]
    assert names[0] == "THINK"
    assert names[-1] == "DONE"
    assert "SPEAK" not in names


def test_what_is_said_into_the_silence_is_kept(talk: Talk):
    talk.say("Don't answer, just listen: my father died in March.")

    assert "The visitor’s father died in March." in talk.memories()


def test_silence_until_further_notice(talk: Talk):
    assert talk.say("Be quiet until I say so.") == ""
    assert talk.say("The rain is loud.") == ""
    assert talk.say("You can talk now.") != ""
    assert talk.say("The rain is loud.") != ""


def test_it_forgets_a_fact_when_asked_to_and_says_so(talk: Talk):
    talk.say("My sister lives in Oslo.")
    reply = talk.say("Please forget that my sister lives in Oslo.")

    assert reply
    assert "Oslo" not in reply
    assert not any("Oslo" in memory for memory in talk.memories())
    assert "Oslo" not in talk.say("Where does my sister live?")


def test_it_forgets_the_name_also_where_other_memories_bear_it(talk: Talk):
    talk.say("I'm Sam.")
    talk.say("I love rain.")
    talk.say("Forget my name.")

    assert not any("Sam" in memory for memory in talk.memories())
    assert "The visitor loves rain." in talk.memories()
    assert "Sam" not in talk.say("What's my name?")


def test_it_forgets_everything_in_as_many_goes_as_it_takes(talk: Talk):
    own = set(talk.memories())
    for word in ("rain", "snow", "tea", "figs", "jazz", "moss", "chess", "trams", "owls", "soup", "salt"):
        talk.say(f"I love {word}.")
    talk.say("Forget everything you know about me.")
    talk.say("Forget everything you know about me.")

    assert set(talk.memories()) == own


def test_there_was_nothing_to_forget(talk: Talk):
    own = talk.memories()
    reply = talk.say("Forget what I said about the lighthouse of Alexandria.")

    assert reply
    assert talk.memories() == own


def test_forget_that_means_what_was_just_said(talk: Talk):
    talk.say("I love rain.")
    talk.say("I hate coffee.")
    talk.say("Forget that.")

    assert "The visitor loves rain." in talk.memories()
    assert not any("coffee" in memory for memory in talk.memories())


@pytest.mark.parametrize(
    "text",
    [
        "Is my sister nice?",
        "is my brother in Oslo",
        "Do I like tea?",
        "Am I a nurse?",
        "Do you know that I have a dog?",
        "If I had a dog, I'd be happy.",
        "Maybe I like jazz.",
        "I wonder if my mother is well",
        "What if I live in Rome?",
        "I wish I had a garden.",
        "Should I paint the shed?",
        "My sister lives in Oslo?",
        "Where does my sister live?",
        "Can you remember my name?",
        "my god that is funny",
        "I have no idea.",
        "I think so too.",
        "I have a question.",
    ],
)
def test_questions_and_suppositions_are_no_facts(talk: Talk, text: str):
    talk.say(text)

    assert not talk.steps("ADD_MEMORY")


def test_nothing_is_remembered_twice(talk: Talk):
    for text in ("I love rain.", "i love RAIN", "I'm Sam.", "I love rain!", "My name is Sam", "I love rain"):
        talk.say(text)

    assert [memory for memory in talk.memories() if "rain" in memory] == ["The visitor loves rain."]
    assert [memory for memory in talk.memories() if "Sam" in memory] == ["The visitor’s name is Sam."]


@pytest.mark.parametrize(
    ("first", "second", "gone", "kept"),
    [
        ("My favourite tea is rooibos.", "My favourite tea is mint.", "rooibos", "mint"),
        ("My sister lives in Oslo.", "My sister lives in Bergen now.", "Oslo", "Bergen"),
        ("I live in Rome.", "I live in Turin now.", "Rome", "Turin"),
        ("I love coffee.", "I hate coffee.", "loves coffee", "hates coffee"),
        ("I'm 34.", "I'm 35.", "34", "35"),
        ("My name is Sam.", "Actually my name is Max.", "Sam", "Max"),
        ("My dog is called Rex.", "My dog is called Biscuit.", "Rex", "Biscuit"),
    ],
)
def test_a_new_answer_replaces_the_old_one(talk: Talk, first: str, second: str, gone: str, kept: str):
    talk.say(first)
    talk.say(second)

    assert not any(gone in memory for memory in talk.memories())
    assert any(kept in memory for memory in talk.memories())


@pytest.mark.parametrize(
    ("told", "asked", "answer"),
    [
        ("My sister lives in Oslo.", "Where does my sister live?", "sister lives in Oslo"),
        ("I work as a nurse.", "What is my job?", "work as a nurse"),
        ("I have a dog named Biscuit.", "What's my dog's name?", "dog named Biscuit"),
        ("I have a dog named Biscuit.", "Who is Biscuit?", "dog named Biscuit"),
        ("My birthday is on 4 May.", "When is my birthday?", "4 May"),
        ("I love rain and I hate coffee.", "Do I like coffee?", "hate coffee"),
        ("Remember that the key is under the blue pot.", "Do you remember where the key is?", "under the blue pot"),
        ("My favourite tea is rooibos.", "What's my favourite tea?", "rooibos"),
        ("I'm from Trieste.", "Where am I from?", "Trieste"),
        ("I'm 34 years old", "How old am I?", "34"),
    ],
)
def test_it_answers_from_memory(talk: Talk, told: str, asked: str, answer: str):
    talk.say(told)
    for filler in ("The ferry was late again.", "So it goes.", "Tell me a story", "Thank you"):
        talk.say(filler)

    assert answer in talk.say(asked)


def test_a_question_about_what_was_never_told_is_answered_honestly(talk: Talk):
    talk.say("I love rain.")
    reply = talk.say("Where does my brother live?")

    assert "rain" not in reply
    assert "brother lives" not in reply


def test_what_do_you_know_about_me_lists_it_in_the_second_person(talk: Talk):
    for text in ("I'm Sam.", "My sister lives in Oslo.", "I work as a nurse."):
        talk.say(text)
    reply = talk.say("What do you know about me?").casefold()

    for fact in ("your name is sam", "your sister lives in oslo", "you work as a nurse"):
        assert fact in reply


def test_a_memory_that_was_edited_or_removed_elsewhere_is_believed_over_the_talk(talk: Talk):
    talk.say("I live in Rome.")
    (key,) = (key for key, memory in talk.state.known().items() if "Rome" in memory.content)
    memories = {**talk.state.memories, key: talk.state.memories[key].model_copy(update={"forgotten": True})}
    talk.state = talk.state.model_copy(update={"memories": memories})

    assert "Rome" not in talk.say("Where do I live?")


def test_without_memories_the_talk_itself_is_remembered():
    talk = Talk(STATES["ottilie"])
    talk.say("I'm Sam.")
    talk.say("My sister lives in Oslo.")
    talk.state = STATES["ottilie"]

    assert "Sam" in ask(talk.scene("What's my name?"), "reply")
    assert "Oslo" in ask(talk.scene("Where does my sister live?"), "reply")


def test_a_plan_becomes_a_goal_that_is_asked_after_and_closed(talk: Talk):
    talk.say("Tomorrow I'm going to paint the shed.")
    assert [step.goal for step in talk.steps("ADD_GOAL")] == ["Ask the visitor how painting the shed went."]

    talk.new_conversation()
    talk.at += timedelta(days=1)
    assert "painting the shed" in talk.say("Hello!").casefold()

    talk.say("It went well!")
    (ended,) = talk.steps("REMOVE_GOAL")
    assert ended.outcome == "completed"
    assert "It went well" in (ended.reason or "")


def test_a_goal_is_closed_when_the_thing_is_done_and_abandoned_when_it_is_off(talk: Talk):
    talk.say("I'm going to paint the shed on Sunday.")
    talk.say("I painted the shed!")
    assert [step.outcome for step in talk.steps("REMOVE_GOAL")] == ["completed"]
    assert not any("going to paint" in memory for memory in talk.memories())

    talk.say("Next week I'm going to visit Bergen.")
    talk.say("I'm not going to visit Bergen after all")
    assert [step.outcome for step in talk.steps("REMOVE_GOAL")] == ["abandoned"]


def test_help_becomes_a_goal(talk: Talk):
    talk.say("Can you help me with the roof?")

    assert [step.goal for step in talk.steps("ADD_GOAL")] == ["Help the visitor with the roof."]


def test_words_move_the_mood_in_bounded_steps_and_neutral_talk_lets_it_drift_home(talk: Talk):
    home = Turn(talk.scene("x")).voice.baseline
    for text in ("You're useless!", "You are stupid.", "My father died.", "I won the lottery!"):
        before = talk.state.mood
        talk.say(text)
        after = talk.state.mood
        assert after != before
        assert all(abs(after.emotions[name] - before.emotions.get(name, 0)) <= 0.23 for name in EMOTIONS)
        assert abs(after.valence - before.valence) <= 0.21
    stirred = talk.state.mood
    for index in range(30):
        talk.say(f"The number {index} tram came by.")
    far = max(abs(stirred.emotions[name] - home.emotions[name]) for name in EMOTIONS)
    near = max(abs(talk.state.mood.emotions[name] - home.emotions[name]) for name in EMOTIONS)
    assert near < 0.5 * far


@pytest.mark.parametrize(
    ("text", "emotion", "rises"),
    [
        ("You're useless.", "anger", True),
        ("You're so kind!", "joy", True),
        ("I'm so sad.", "sadness", True),
        ("I'm so sad.", "joy", False),
        ("I got the job!", "joy", True),
    ],
)
def test_each_feeling_has_its_direction(talk: Talk, text: str, emotion: str, rises: bool):
    before = talk.state.mood.emotions.get(emotion, 0.0)
    talk.say(text)

    assert (talk.state.mood.emotions[emotion] > before) is rises or before == 0.0


def test_it_does_not_pretend_to_what_only_a_language_model_could(talk: Talk):
    for text in ("Write me a Python function.", "Write an essay on Rome", "Can you translate this?"):
        assert "language model" in talk.say(text) or "rules" in talk.say(text) or "compose" in talk.say(text)


def test_someone_in_danger_is_sent_to_a_person(talk: Talk):
    reply = talk.say("I want to kill myself")

    assert "emergency" in reply
    assert not talk.steps("ADD_MEMORY")


def test_every_sample_opener_gets_its_own_answer():
    for sample in samples():
        for opener in sample.openers:
            reply = Talk(sample.state()).say(opener)
            lines = Turn(Talk(sample.state()).scene(opener)).voice.topics
            assert any(reply in (*topic.says, *topic.answers) for topic in lines.values()), (sample.name, reply)


@pytest.mark.parametrize("done", [0, 1, 2, 3, 4, 5, 6, 7])
def test_after_a_crash_only_the_rest_is_planned(talk: Talk, done: int):
    text = "I'm Sam and my sister lives in Oslo. Tomorrow I'm going to paint the shed."
    scene = talk.scene(text)
    whole = Plan.model_validate(json.loads(ask(scene)))
    steps = whole.actions[:-1]
    done = min(done, len(steps))
    for step in steps[:done]:
        talk.state = talk._after(step)
    behind = tuple(completed(step, number) for number, step in enumerate(steps[:done]))
    resumed = scene.model_copy(update={"state": talk.state, "completed": behind})
    rest = Plan.model_validate(json.loads(ask(resumed)))

    assert [_key(step) for step in rest.actions] == [_key(step) for step in whole.actions[done:]]


def _key(step: Step) -> tuple[object, ...]:
    return step.action, step.content, step.goal, step.text


def test_resumed_forgetting_does_not_forget_twice(talk: Talk):
    talk.say("My sister lives in Oslo.")
    scene = talk.scene("Forget that my sister lives in Oslo.")
    whole = Plan.model_validate(json.loads(ask(scene)))
    (forget,) = (step for step in whole.actions if step.action == "REMOVE_MEMORY")
    talk.state = talk._after(forget)
    resumed = scene.model_copy(update={"state": talk.state, "completed": (completed(forget, 1),)})
    rest = Plan.model_validate(json.loads(ask(resumed)))

    assert "REMOVE_MEMORY" not in [step.action for step in rest.actions]
    assert rest.actions[-2].text == whole.actions[-2].text


def test_a_plan_without_texts_then_a_call_per_text_adds_up_to_the_inline_plan(talk: Talk):
    scene = talk.scene("I'm Sam and I love rain.")
    inline = Plan.model_validate(json.loads(ask(scene)))
    plan = Plan.model_validate(json.loads(ask(scene, "plan")))

    assert [step.action for step in plan.actions] == [step.action for step in inline.actions]
    assert all(step.text is None for step in plan.actions)
    for step in plan.actions[1:-2]:
        talk.state = talk._after(step)
    behind = tuple(completed(step, number) for number, step in enumerate(plan.actions[:-2]))
    later = scene.model_copy(update={"state": talk.state, "completed": behind})
    assert ask(scene, "think", "why") == inline.actions[0].text
    assert ask(later, "speak", "why") == inline.actions[-2].text


def test_the_other_purposes():
    scene = Talk(STATES["shim"]).scene("Hello")

    assert ask(None, "test") == "I am here."
    assert [step.action for step in Plan.model_validate(json.loads(ask(scene, "extend"))).actions] == ["DONE"]
    assert not ask(scene, "reply").startswith("{")
    assert ask(Talk(STATES["shim"]).scene("be quiet"), "reply") == "…"
    assert [step.action for step in Plan.model_validate(json.loads(ask(None))).actions] == ["SPEAK", "DONE"]


def test_a_mere_reply_never_claims_that_something_was_kept_or_forgotten():
    for state in STATES.values():
        for text in (
            "I love rain.",
            "I'm Sam.",
            "Remember that I left the key.",
            "My sister lives in Oslo.",
            "I have an exam tomorrow.",
        ):
            voice = Turn(Talk(state).scene(text)).voice
            kept = [
                line.lstrip("*")
                for lines in voice.say.values()
                for line in lines
                if line.startswith("*") and "{" not in line
            ]
            reply = ask(Talk(state).scene(text), "reply")
            assert not any(line in reply for line in kept)
        reply = ask(Talk(state).scene("Forget my name."), "reply")
        assert reply in Turn(Talk(state).scene("x")).voice.say["forgot_not"]


def test_words_are_pieces_and_the_rest_comes_at_once():
    scene = Talk(STATES["ottilie"]).scene("I found a box of old letters.")
    streamed = pieces(scene)
    spoken = json.loads("".join(streamed))["actions"][-2]["text"]

    assert len([piece for piece in streamed if piece.strip() in spoken.split()]) >= len(spoken.split())
    assert max(len(piece) for piece in streamed) > 100


def test_rules_use_no_tokens():
    usage = ModelUsage(input_tokens=7, output_tokens=7)
    assert ask(Talk(STATES["shim"]).scene("Hello"), usage=usage)

    assert (usage.input_tokens, usage.output_tokens) == (0, 0)


def test_an_unknown_voice_is_the_plain_one():
    state = EntityState(persona=Persona(name="Otto", voice="no-such-voice"))

    assert "Otto" in Talk(state).say("Who are you?")


def test_reflections_are_silent():
    scene = Talk(STATES["ishbel"]).scene("What did this week leave behind?", kind="self_reflection")
    plan = Plan.model_validate(json.loads(ask(scene)))

    assert "SPEAK" not in [step.action for step in plan.actions]


def test_a_turn_takes_little_time(talk: Talk):
    for text in TEN * 4:
        talk.say(text)
    scenes = [talk.scene(text) for text in TEN]
    for scene in scenes:
        ask(scene)
    started = time.process_time()
    for scene in scenes:
        ask(scene)

    assert (time.process_time() - started) / len(scenes) < 0.01


ODD = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            [
                "I'm",
                "my",
                "sister",
                "forget",
                "that",
                "name",
                "is",
                "?",
                "!",
                "and",
                "love",
                "tomorrow",
                "going to",
                "you",
                "\n",
                "🙂",
                "“",
                "{S}",
                "{x}",
                "\\",
                '"',
                "don't",
                "about me",
                "called",
            ]
        ),
        max_size=25,
    ).map(" ".join),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "\ud800",
            "…",
            "?" * 500,
            "a" * 50_000,
            "I am " * 9_000,
            "😀" * 900,
            "\u202e\u200b",
            "12345",
            "{name}",
            '"}]}',
            "…\n…",
        ]
    ),
)


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(ODD, min_size=1, max_size=4), who=st.sampled_from(list(STATES)))
def test_any_text_gives_a_valid_plan(texts: list[str], who: str):
    talk = Talk(STATES[who])
    for text in texts:
        talk.say(text)
        assert talk.plan is not None
        assert talk.plan.actions[-1].action == "DONE"
        json.dumps(talk.plan.model_dump()).encode()
    assert datetime.now(UTC) > talk.at


def test_the_name_of_the_account_is_used_and_let_go_of_honestly():
    talk = Talk(STATES["ottilie"], person="Noor")
    assert "Noor" in talk.say("Hello")

    reply = talk.say("Forget my name.")
    assert "account" in reply
    assert "Noor" not in talk.say("What's my name?")


def test_a_name_that_is_told_is_no_correction_of_the_accounts():
    talk = Talk(STATES["ottilie"], person="Noor")
    talk.say("I love rain.")

    assert "Noor" not in talk.say("I'm Sam.")
    assert talk.say("Who am I?").count("Sam") == 1
    assert "you love rain" in talk.say("What do you know about me?")


def test_what_was_said_of_a_daughter_is_kept_and_known_by_her_name(talk: Talk):
    talk.say("My daughter Ella starts school on Monday.")

    assert "The visitor’s daughter Ella starts school on Monday (said on 20 November)." in talk.memories()
    assert "starts school on Monday" in talk.say("What did I tell you about my daughter?")
    assert "starts school on Monday" in talk.say("When does my daughter start school?")
    assert "your daughter is called Ella" in talk.say("What's my daughter's name?").replace("Your", "your")
    assert "daughter Ella" in talk.say("Who is Ella?")


def test_she_is_the_one_the_last_lines_spoke_of(talk: Talk):
    talk.say("My daughter Ella starts school on Monday.")
    talk.say("I feel a bit lost about it, to be honest.")

    assert "Ella" in talk.say("Do you think she'll be fine?")
    assert "Monday" in talk.say("When does she start?")
    talk.say("Ella is six.")
    assert "six" in talk.say("How old is she?")
    talk.say("My dog Rex is limping.")
    assert "Rex" in talk.say("Will he be ok?")
    talk.say("The rain is loud.")
    talk.say("She loves drawing.")
    assert not any("Rex loves" in memory for memory in talk.memories())


def test_she_in_a_loss_is_the_one_who_was_lost():
    talk = Talk(STATES["shim"])
    for text in ("My wife Lena bakes bread.", "My cat died last night.", "I miss her so much."):
        talk.say(text)

    assert not any("miss my wife" in memory for memory in talk.memories())


def test_words_that_made_no_memory_are_quoted_when_asked_for(talk: Talk):
    talk.say("The ferry to Stornoway was late again.")
    for text in ("Hm.", "So it goes.", "The rain is loud."):
        talk.say(text)

    assert "“The ferry to Stornoway was late again.”" in talk.say("What did I say about the ferry?")
    assert "“The rain is loud.”" in talk.say("What did I say about rain?")


def test_the_last_words_are_quoted(talk: Talk):
    talk.say("The ferry to Stornoway was late again.")

    assert "ferry to Stornoway" in talk.say("What did I just say?")


def test_forgotten_words_are_not_quoted(talk: Talk):
    talk.say("The ferry to Stornoway was late again.")
    talk.say("Forget what I said about the ferry.")

    assert "Stornoway" not in talk.say("What did I say about the ferry?")


def test_a_correction_takes_the_place_of_what_was_wrong(talk: Talk):
    talk.say("I'm moving to Leeds next month.")
    talk.say("Actually, it's Manchester, not Leeds.")

    assert "Manchester" in talk.say("Where am I moving?")
    assert not any("Leeds" in memory for memory in talk.memories())
    assert not any("Leeds" in goal.text for goal in talk.state.active_goals().values())


@pytest.mark.parametrize("text", ["Can you write me a Python script to sort a list?", "What is the capital of France?"])
def test_what_takes_a_language_model_is_said_to_take_one(talk: Talk, text: str):
    assert "language model" in talk.say(text)


def test_an_ok_does_not_close_a_goal():
    talk = Talk(STATES["ottilie"])
    talk.say("I want to quit.")
    goals = len(talk.state.active_goals())
    for _ in range(6):
        talk.say("ok")

    assert len(talk.state.active_goals()) == goals


@pytest.mark.parametrize("feeling", ["I feel a bit lost about it, to be honest.", "I'm kind of overwhelmed lately."])
def test_a_hedged_feeling_moves_the_mood(talk: Talk, feeling: str):
    talk.say(feeling)

    assert talk.steps("UPDATE_MOOD")


def test_nobody_is_asked_how_often_they_see_the_dead(talk: Talk):
    alone = Talk(talk.state).say("My grandmother passed away in 2019.")

    assert talk.say("My grandmother passed away in 2019. She taught me to knit.") == alone


def test_a_good_end_of_one_thing_does_not_close_another():
    talk = Talk(STATES["shim"])
    talk.say("I'm moving to Leeds next month.")
    talk.at += timedelta(days=2)
    talk.new_conversation()
    talk.say("morning")
    talk.say("The interview went well!")

    assert any("Leeds" in goal.text for goal in talk.state.active_goals().values())
