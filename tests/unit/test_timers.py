"""Timers: when they are due, and that each time begins one run, whatever was missed."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from agents.errors import ActionFailed
from agents.timers import CancelTimer, SetTimer, in_words
from interactions import branches, forks, initiative, log, pauses, removal, runs, timers
from interactions.errors import NotPossible
from interactions.invariants import violations
from interactions.models import Initiative, PersonZone, Run, Schedule
from interactions.models.initiative import next_clock, zone_of
from tests.unit.web import talks

pytestmark = pytest.mark.django_db
BERLIN = "Europe/Berlin"


def timer(entity, **order) -> Schedule:
    by = order.pop("by", "person")
    return timers.set_timer(entity, SetTimer(what="Ask about the letter", **order), by=by, zone="UTC")


def make_due(schedule: Schedule, ago: float = 1) -> Schedule:
    Schedule.objects.filter(pk=schedule.pk).update(next_at=timezone.now() - timedelta(seconds=ago))
    schedule.refresh_from_db()
    return schedule


def next_of(schedule: Schedule) -> datetime:
    """When it is due next, which it has to be."""
    schedule.refresh_from_db()
    assert schedule.next_at is not None
    return schedule.next_at


def own() -> list[Run]:
    return list(Run.objects.filter(message=None).order_by("created_at"))


def test_a1_timer_begins_a_run_once_with_its_trigger(entity, conversation):
    schedule = make_due(timer(entity, in_seconds=60))
    assert initiative.fire_due() == 1 and initiative.fire_due() == 0 and not initiative.fire(schedule.pk)
    (run,) = own()
    assert run.conversation == conversation and run.status == "queued"
    assert (run.trigger["kind"], run.trigger["content"]) == ("timer", "Ask about the letter")
    assert (run.trigger["set_by"], run.trigger["schedule"]) == ("person", schedule.pk)
    schedule.refresh_from_db()
    assert (schedule.next_at, schedule.fired, schedule.is_over) == (None, 1, True) and list(violations()) == []


def test_a_timer_without_a_talk_begins_one(entity):
    make_due(timer(entity, in_seconds=60))
    assert initiative.fire_due() == 1 and own()[0].conversation.entity == entity


@pytest.mark.parametrize(
    ("order", "seconds"), [({"in_seconds": 90}, 90), ({"every": 600}, 600), ({"every": 600, "in_seconds": 5}, 5)]
)
def test_first_due(order, seconds):
    now = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert timers.first_due(SetTimer(what="x", **order), now, "UTC") == now + timedelta(seconds=seconds)


def test_times_of_day_are_those_of_the_persons_clock():
    now = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)  # 18:00 in Berlin
    assert timers.first_due(SetTimer(what="x", at="18:30"), now, BERLIN) == datetime(2026, 3, 5, 17, 30, tzinfo=UTC)
    assert timers.first_due(SetTimer(what="x", at="17:30"), now, BERLIN) == datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    tomorrow = timers.first_due(SetTimer(what="x", at="tomorrow 19:00"), now, BERLIN)
    assert tomorrow == datetime(2026, 3, 6, 18, tzinfo=UTC)
    assert timers.first_due(SetTimer(what="x", at="tomorrow 0:00"), now, BERLIN).hour == 23
    at = SetTimer(what="x", at="2026-07-05 18:30")
    assert timers.first_due(at, now, BERLIN) == datetime(2026, 7, 5, 16, 30, tzinfo=UTC)


def test_a_day_that_skips_the_hour_still_has_the_timer():
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)  # in the night to the 29th clocks jump from 2:00 to 3:00
    first = next_clock(2, 30, before, BERLIN)
    assert first == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert next_clock(2, 30, first, BERLIN) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", ["2020-01-01 10:00", "0001-01-01 00:00", "9999-12-31 23:59"])
def test_times_out_of_reach_are_refused_and_nothing_is_stored(entity, at):
    with pytest.raises(timers.InvalidTimer):
        timer(entity, at=at)
    assert Schedule.objects.count() == 0


def test_what_was_missed_comes_once_and_says_so(entity, conversation):
    schedule = make_due(timer(entity, every=600), ago=3 * 3600 + 60)
    assert initiative.fire_due() == 1 and initiative.fire_due() == 0
    assert own()[0].trigger["content"] == "Ask about the letter (This was due 3 hours ago, and 18 more times since.)"
    due = schedule.next_at
    assert due and next_of(schedule) > timezone.now() and (next_of(schedule) - due).total_seconds() % 600 == 0


def test_daily_goes_on_the_next_day(entity, conversation):
    schedule = timer(entity, at="18:30", daily=True)
    assert (schedule.daily_at, schedule.rhythm) == (time(18, 30), "every day at 18:30")
    make_due(schedule)
    assert initiative.fire_due() == 1
    assert next_of(schedule) > timezone.now() and f"{next_of(schedule):%H:%M}" == "18:30"


def test_paused_removed_and_put_away_ones_rest(entity, conversation):
    schedule = timer(entity, every=600)
    timers.hold(schedule)
    assert initiative.fire_due() == 0 and not initiative.fire(make_due(schedule).pk)
    timers.restart(schedule)
    assert next_of(schedule) > timezone.now() and schedule.paused_at is None  # goes on with its next time
    timers.stop(schedule)
    assert not initiative.fire(make_due(schedule).pk)
    timers.restart(schedule)
    make_due(schedule)
    type(entity).objects.filter(pk=entity.pk).update(archived_at=timezone.now())
    assert initiative.fire_due() == 0
    type(entity).objects.filter(pk=entity.pk).update(archived_at=None, deleted_at=timezone.now())
    assert initiative.fire_due() == 0


def test_one_that_is_past_is_not_started_again(entity):
    schedule = timer(entity, in_seconds=60)
    timers.stop(schedule)
    with pytest.raises(NotPossible):
        timers.restart(make_due(schedule))
    Schedule.objects.update(next_at=None)
    with pytest.raises(NotPossible):
        timers.hold(schedule)


def test_in_quiet_hours_it_waits_for_their_end(entity, conversation, owner):
    PersonZone.objects.create(owner=owner, zone=BERLIN)
    now = timezone.now()
    local = now.astimezone(zone_of(BERLIN))
    Initiative.objects.create(
        entity=entity, quiet_from=(local - timedelta(hours=1)).time(), quiet_until=(local + timedelta(hours=2)).time()
    )
    schedule = make_due(timer(entity, in_seconds=60))
    assert initiative.fire_due() == 0 and own() == []
    schedule.refresh_from_db()
    assert schedule.held_until is not None
    assert timedelta(hours=1, minutes=58) < schedule.held_until - now <= timedelta(hours=2)
    Initiative.objects.update(quiet_from=None, quiet_until=None)
    Schedule.objects.update(held_until=now)
    assert initiative.fire_due() == 1


@pytest.mark.parametrize(
    ("clock", "is_quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("06:59", True), ("07:00", False)]
)
def test_quiet_hours_span_midnight(clock, is_quiet):
    settings = Initiative(quiet_from=time(22), quiet_until=time(7))
    now = datetime.fromisoformat(f"2026-03-05 {clock}+00:00")
    end = settings.quiet_end(now, "UTC")
    assert (end is not None) == is_quiet
    assert end is None or (end.hour == 7 and timedelta() < end - now <= timedelta(hours=9))


def test_over_its_budget_of_the_day_it_says_so_and_rests_until_tomorrow(entity, conversation):
    Initiative.objects.create(entity=entity, runs_per_day=1)
    first, second = timer(entity, in_seconds=60), timer(entity, every=600)
    make_due(first)
    assert initiative.fire_due() == 1
    make_due(second)
    assert initiative.fire_due() == 1
    late = own()[-1]
    assert (late.status, late.code) == ("cancelled", "over_budget") and "as often as it may" in late.reason
    assert next_of(second).date() > timezone.now().date()
    assert [line.event.kind for line in log.read(conversation.pk)] == ["budget.reached", "run.finished"]
    assert list(violations()) == []


def test_switched_off_nothing_begins(entity, conversation):
    settings = Initiative.objects.create(entity=entity, runs_per_day=0)
    schedule = make_due(timer(entity, in_seconds=60))
    assert initiative.fire_due() == 0 and not initiative.fire(schedule.pk) and own() == []
    settings.runs_per_day = 3
    settings.save()
    assert initiative.fire_due() == 1


def test_set_timer_and_cancel_timer_of_the_entity(entity, conversation):
    timers.carry_out(SetTimer(what="Remind Noor of the oven", in_seconds=600), conversation)
    schedule = Schedule.objects.get()
    assert (schedule.set_by, schedule.conversation) == ("entity", conversation)
    with pytest.raises(ActionFailed, match=r"no such timer\. Your timers are: "):
        timers.carry_out(CancelTimer(which="the bath"), conversation)
    timers.carry_out(CancelTimer(which="the oven"), conversation)
    schedule.refresh_from_db()
    assert schedule.stopped_at is not None


def test_there_is_a_most_of_timers(entity, conversation):
    Schedule.objects.bulk_create(
        Schedule(entity=entity, what=str(n), set_by="person", next_at=timezone.now()) for n in range(50)
    )
    with pytest.raises(ActionFailed, match="50 timers already"):
        timers.carry_out(SetTimer(what="x", in_seconds=9), conversation)


def test_trying_a_timers_run_again_is_no_second_time_of_the_timer(entity, conversation, owner):
    make_due(timer(entity, in_seconds=60))
    initiative.fire_due()
    (run,) = own()
    runs.cancel(run.pk, owner)
    again = runs.retry(run.pk, owner)
    assert again.trigger["kind"] == "timer" and again.trigger["schedule"] is None and list(violations()) == []


def test_runs_counted_are_those_of_its_own_accord(entity, conversation, owner):
    runs.send(conversation, owner, "Hello")
    make_due(timer(entity, in_seconds=60))
    initiative.fire_due()
    assert initiative.own_runs(entity, timezone.now() - timedelta(hours=1)) == 1
    assert pauses.wake_due() == 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(60, "1 minute"), (7200, "2 hours"), (90, "1.5 minutes"), (1, "1 second")]
)
def test_spans_in_words(seconds, words):
    assert in_words(seconds) == words


def test_one_that_fails_keeps_no_other_from_its_time(entity, conversation, monkeypatch, caplog):
    first, second = (make_due(timer(entity, in_seconds=60), ago) for ago in (20, 10))
    words = initiative._words

    def failing(schedule, now):
        if schedule.pk == first.pk:
            raise ValueError("a row that nobody can read")
        return words(schedule, now)

    monkeypatch.setattr(initiative, "_words", failing)
    assert initiative.fire_due() == 1 and "fire failed for" in caplog.text
    assert [run.trigger["schedule"] for run in own()] == [second.pk]
    first.refresh_from_db()
    assert first.fired == 0 and list(violations()) == []


def test_a_timer_of_a_deleted_talk_speaks_in_another(entity, conversation, owner):
    timers.carry_out(SetTimer(what="Remind Noor of the oven", in_seconds=600), conversation)
    removal.delete_conversation(conversation, owner)
    make_due(Schedule.objects.get())
    assert initiative.fire_due() == 1
    assert own()[0].conversation != conversation and list(violations()) == []


def test_another_answer_to_a_timer_is_no_second_time_of_it(entity, conversation, owner):
    make_due(timer(entity, in_seconds=60))
    initiative.fire_due()
    (run,) = own()
    talks.begin(run)
    talks.speak(run, "It rings.")
    talks.end(run)
    other = branches.regenerate(run.pk, owner)
    assert other.trigger["schedule"] is None and list(violations()) == []
    runs.cancel(other.pk, owner)
    branches.switch(run.pk, owner)
    forks.fork(conversation, run.pk, owner)
    assert list(violations()) == [] and initiative.own_runs(entity, timezone.now() - timedelta(hours=1)) == 2
