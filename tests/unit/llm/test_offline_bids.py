"""What a visitor can ask the offline responder to do with itself, without a model."""

import pytest

from agents.changes import DesireValue, GoalValue
from agents.mind import EntityState, Persona
from tests.unit.llm.talk import Talk, ask

VOICES = ("plain", "ottilie", "ishbel", "shim")


def talk(voice: str = "plain") -> Talk:
    return Talk(
        EntityState(
            persona=Persona(name="Ada", voice=voice),
            appearance="A grey dress.",
            environment="The attic.",
            goals={1: GoalValue(text="Put the letters in order."), 2: GoalValue(text="Mend the roof.", priority=0.4)},
            desires={5: DesireValue(text="A pot of real marmalade.")},
        )
    )


@pytest.mark.parametrize("voice", VOICES)
def test_a8_it_puts_on_what_it_is_asked_to_and_takes_it_off(voice: str) -> None:
    ada = talk(voice)
    assert ada.say("Put on a red coat!")
    assert ada.state.appearance == "A grey dress. Wearing a red coat."
    ada.say("Can you wear your blue hat, please?")
    assert ada.state.appearance == "A grey dress. Wearing the blue hat."
    ada.say("Take off the hat.")
    assert ada.state.appearance == "A grey dress."


@pytest.mark.parametrize("voice", VOICES)
def test_a9_it_goes_where_it_is_asked_to(voice: str) -> None:
    sam = talk(voice)
    sam.say("My name is Sam.")
    assert sam.say("Let's go to the beach.")
    assert sam.state.environment == "The beach, with Sam."
    sam.say("Imagine we are on a ship.")
    assert sam.state.environment == "On a ship, with Sam."


@pytest.mark.parametrize("voice", VOICES)
def test_a12_a13_it_wants_what_it_is_told_to_want_and_no_longer(voice: str) -> None:
    ada = talk(voice)
    assert ada.say("I want you to want a bicycle.")
    assert [step.desire for step in ada.steps("ADD_DESIRE")] == ["A bicycle."]
    ada.say("Here is the bicycle you wanted!")
    assert [(step.outcome, step.desire != 5) for step in ada.steps("REMOVE_DESIRE")] == [("satisfied", True)]
    ada.say("Stop wanting marmalade.")
    assert ada.state.desires[5].status == "abandoned"


def test_a_goal_comes_on_and_matters_more() -> None:
    ada = talk()
    ada.say("That goal is half done.")
    assert ada.state.goals[2].progress == 0.5, "what is only pointed at is the latest one"
    ada.say("Putting the letters in order is 30% done.")
    assert (ada.state.goals[1].progress, ada.state.goals[1].status) == (0.3, "active")
    ada.say("The letters are your top priority.")
    assert ada.state.goals[1].priority == 1.0


def test_it_searches_its_memory_and_says_what_it_finds() -> None:
    ada = talk()
    ada.say("My sister lives in Oslo.")
    reply = ada.say("Search your memory for my sister.")
    assert [step.query for step in ada.steps("RECALL")] == ["my sister"] and "Oslo" in reply


def test_it_reflects_on_what_came_up_again_and_again() -> None:
    ada = talk()
    for text in ("My name is Sam.", "I am sad about my sister.", "My sister is ill and I feel sad.", "It is sad."):
        ada.say(text)
    ada.say("Reflect on our talk.")
    (step,) = ada.steps("REFLECT")
    assert step.text is not None
    assert step.text.splitlines()[:2] == [
        "Sam is sad these days and says so more than once.",
        "Sam comes back to their sister; it matters to them.",
    ]


def test_in_a_chain_it_says_what_its_action_is_for() -> None:
    ada = talk()
    greeting = ask(ada.scene("/run Morning round"), "speak", "say good morning")
    assert greeting and greeting == ask(ada.scene("good morning"), "speak")


@pytest.mark.parametrize(
    "text",
    [
        "Put on some music.",
        "I put on a red coat today.",
        "Go to hell.",
        "Go to sleep.",
        "Let's move on to another topic.",
        "My house is half done.",
        "I want to go to the beach tomorrow.",
        "What do you want?",
        "Take off your worries from my list.",
        "I went to the beach.",
    ],
)
def test_what_only_sounds_alike_changes_nothing_of_it(text: str) -> None:
    ada = talk()
    before = ada.state
    assert ada.say(text)
    assert (ada.state.appearance, ada.state.environment) == (before.appearance, before.environment)
    assert ada.state.desires == before.desires and ada.state.goals.keys() >= before.goals.keys()
    assert all(ada.state.goals[key] == goal for key, goal in before.goals.items())
