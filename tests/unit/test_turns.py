from datetime import timedelta

import pytest

from agents.changes import Mood, SetMood
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionSkipped,
    ActionStarted,
    BudgetReached,
    LoggedEvent,
    PlanMade,
    PlanRejectedEvent,
    QuestionAsked,
    RunFinished,
    RunStarted,
    StateChanged,
    Usage,
    WaitStarted,
)
from agents.plan import PlannedAction
from interactions import pauses
from interactions.folding import fold, fold_in
from interactions.steps import Step, in_seconds
from tests.unit.events import NOON, RUN, finished, log, mood_change, received, speech, started, thought, whole_turn


def states(turn):
    return [(step.name, step.state) for step in turn.strip]


def test_a_whole_turn():
    turn = fold(RUN, whole_turn())
    assert turn.status == "finished"
    assert turn.said is not None
    assert turn.said.text == "Hello."
    assert states(turn) == [
        ("RECALL", "done"),
        ("THINK", "done"),
        ("UPDATE_MOOD", "change"),
        ("ADD_MEMORY", "change"),
        ("SPEAK", "done"),
    ]
    assert [text.is_thought for text in turn.texts.values()] == [True, False]
    assert (turn.total, turn.tokens) == ("6.6 s", 412)
    assert turn.mood_after is not None
    assert turn.mood_after.label == "intrigued"
    assert not turn.is_silent


def test_a_turn_without_speech_is_silent():
    turn = fold(RUN, log(received(), started(), thought(), finished()))
    assert turn.is_silent
    assert turn.phase == ""


def test_a_running_turn_says_that_it_waits_for_the_model():
    turn = fold(RUN, log(received(), started()))
    assert states(turn) == [("MODEL", "running")]
    assert turn.phase == "thinking"


def test_a_deliberate_plan_shows_what_is_still_to_come():
    plan = PlanMade(strategy="deliberate", actions=tuple(PlannedAction(action=a) for a in ("THINK", "SPEAK", "DONE")))
    turn = fold(RUN, log(received(), started(strategy="deliberate"), ("", plan), thought()))
    assert states(turn) == [("PLAN", "done"), ("THINK", "done"), ("MODEL", "running"), ("SPEAK", "waiting")]


def test_a_failed_action_and_a_failed_run():
    failed = ActionFailedEvent(name="REMOVE_GOAL", error="There is no active goal with the id 9.")
    reason = "The model can't be reached."
    turn = fold(
        RUN,
        log(
            received(),
            started(),
            ("g", ActionStarted(name="REMOVE_GOAL")),
            ("g", failed),
            finished("failed", reason=reason, code="model_unreachable"),
        ),
    )
    assert states(turn) == [("REMOVE_GOAL", "failed")]
    assert (turn.reason, turn.is_about_model, turn.is_silent) == (reason, True, False)


def test_a_broken_plan_is_a_failed_step_with_what_was_written():
    turn = fold(RUN, log(received(), started(), ("", PlanRejectedEvent(errors=("no actions",), raw="{"))))
    step = turn.strip[0]
    assert (step.name, step.state, step.error, step.raw) == ("PLAN", "failed", "no actions", "{")


def test_text_that_streamed_before_a_crash_is_not_said_twice():
    turn = fold(RUN, log(received(), started()))
    turn.begin_text("old", is_thought=False)
    for line in log(started(attempt=2), speech("Once."), finished(), first=3):
        fold_in(turn, line)
    assert [text.text for text in turn.texts.values()] == ["Once."]
    assert [step.name for step in turn.strip] == ["SPEAK"]
    assert turn.attempt == 2


def test_a_skipped_action_takes_its_text_away():
    turn = fold(RUN, log(received(), started()))
    turn.begin_text("t", is_thought=False)
    fold_in(turn, log(("t", ActionSkipped(name="SPEAK", reason="the plan broke")), first=3)[0])
    assert not turn.texts
    assert states(turn) == [("MODEL", "running")]


def test_withdrawn_and_stopped():
    assert fold(RUN, log(received(), finished("cancelled", code="withdrawn"))).status == "withdrawn"
    stopped = fold(RUN, log(received(), started(), speech("Half of", is_partial=True), finished("cancelled")))
    assert (stopped.status, stopped.speeches[0].is_partial) == ("cancelled", True)


def test_a_stopped_turn_took_the_time_until_it_was_stopped():
    turn = fold(RUN, log(received(), started(), thought(), ("", RunFinished(status="cancelled", code="cancelled"))))
    assert turn.total == "2.0 s"


def paused(*end) -> list[LoggedEvent]:
    """A turn that works for 3 s, waits for an hour, works for 2 s, waits for a day, and goes on as `end` says."""
    first = log(received(), started(), thought(), ("ask1", ActionStarted(name="ASK_USER")), ("ask1", asked()))
    resumed = RunStarted(trigger="user_input", strategy="inline", resumed=True)
    answered = ("ask1", ActionFinished(name="ASK_USER", result="they answered: Yes"))
    waits = ("w", WaitStarted(until=NOON + timedelta(days=2), name="WAIT"))
    second = log(answered, ("", resumed), thought(action="think2"), waits, first=6)
    return [*first, *later(second, timedelta(hours=1)), *later(log(*end, first=10), timedelta(days=1))]


def asked() -> QuestionAsked:
    return QuestionAsked(question="Is it?", until=NOON + timedelta(hours=2), name="ASK_USER")


def later(lines: list[LoggedEvent], by: timedelta) -> list[LoggedEvent]:
    return [line.model_copy(update={"at": line.at + by}) for line in lines]


RESUMED = ("", RunStarted(trigger="user_input", strategy="inline", resumed=True))


def test_a_turn_that_waited_says_how_long_it_worked_in_all_its_parts():
    turn = fold(RUN, paused(("w", ActionFinished(name="WAIT", result="waited")), RESUMED, speech("Yes."), finished()))
    assert (turn.total, turn.worked) == ("11.6 s", timedelta(seconds=5))  # 3 s, 2 s, and 6.6 s as its end tells


def test_its_end_tells_the_work_of_all_parts_and_the_page_adds_nothing_to_it():
    usage = Usage(input_tokens=1, ms=11_600, parts=3)
    end = ("", RunFinished(status="finished", usage=usage))
    lines = paused(("w", ActionFinished(name="WAIT", result="waited")), RESUMED, speech("Yes."), end)
    assert fold(RUN, lines).total == "11.6 s"


def test_what_was_worked_before_a_pause_is_what_the_page_counts():
    for lines in ([], paused(), paused(RESUMED, thought(action="think3")), paused(RESUMED, started(attempt=2))):
        assert pauses.worked(lines) == fold(RUN, lines).worked


def test_the_seconds_of_a_turn_that_goes_on_are_counted_without_what_it_waited():
    (*_, last) = lines = paused(RESUMED)
    turn = fold(RUN, lines)
    assert turn.counts_from == last.at - timedelta(seconds=5) and turn.total == ""
    fresh = fold(RUN, log(received(), started()))
    assert fresh.counts_from == fresh.started_at


@pytest.mark.parametrize(
    ("end", "total"),
    [
        ((), "5.0 s"),  # stopped while it waits
        ((RESUMED, thought(action="think3")), "7.0 s"),  # stopped while it works
        ((RESUMED, started(attempt=2), thought(action="think3")), "8.0 s"),  # after a crash in its last part
    ],
)
def test_a_turn_that_waited_and_is_stopped_took_what_it_worked(end, total):
    stopped = ("", RunFinished(status="cancelled", code="cancelled"))
    assert fold(RUN, paused(*end, stopped)).total == total


def test_notices_are_kept_in_order():
    budget = BudgetReached(budget="actions", limit=16, used=16)
    assert [n.event for n in fold(RUN, log(received(), started(), ("", budget))).notices] == [budget]


def test_unknown_actions_still_have_a_face():
    face = Step("a", "PAINT_HOUSE").face
    assert face.label == "Paint house"


def test_the_line_is_as_long_as_the_step_took():
    lengths = [Step("a", "THINK", ms=ms).line for ms in (0, 100, 300, 1_800, 12_000, 10_000_000)]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (4, 56)
    assert Step("a", "THINK", ms=1_800).line == 28  # as in the agreed design


def test_durations_in_words():
    assert [in_seconds(ms) for ms in (40, 1_840, 59_940, 185_000)] == ["0.0 s", "1.8 s", "59.9 s", "3 min 5 s"]


def test_a_change_outside_an_action_is_a_step_of_its_own():
    changed = mood_change()[1][1]
    turn = fold(RUN, log(received(), started(), ("", changed)))
    assert [step.state for step in turn.steps.values()] == ["change"]


def test_d17_what_was_felt_without_an_action_is_a_step_with_its_cause() -> None:
    felt = Mood(label="annoyed", emotions={"anger": 0.3})
    changed = StateChanged(
        entity="ottilie", version=2, changes=(SetMood(mood=felt, before=Mood()),), cause="That was meant to hurt."
    )
    turn = fold(RUN, log(received(), started(), ("", changed), finished()))
    (step,) = turn.steps.values()
    assert (step.name, step.state, step.version, step.context) == ("FEEL", "change", 2, "That was meant to hurt.")
    assert turn.mood_after == felt
