"""The bench measures what it says: tried on the least app, which is there in a second."""

import pytest

from tests.bench import bench
from tests.bench.figures import Figure, spread, table


@pytest.fixture(scope="module")
def run():
    with bench.started(bench.Options(clients=())) as started:
        yield started


def test_every_message_is_answered_whole_and_timed(run):
    run.answer([f"w{number} " for number in range(50)])
    found = run.talk(run.least, "least", "", chats=5, messages=3, spread=0.1)
    assert found.errors == []
    assert len(found.messages) == 15
    assert all(0 < each.up < each.total and 0 < each.down <= each.streamed for each in found.messages)
    assert found.cpu > 0


def test_a_paced_answer_takes_its_time(run):
    run.answer([f"w{number} " for number in range(20)], 1 / 50)
    found = run.talk(run.least, "least", "", chats=30, spread=0.2)
    assert found.errors == []
    # Of nineteen pauses the first is cut short by the next turn, and one may be where a late turn is made up for.
    assert all(each.streamed > 1000 * 17 / 50 for each in found.messages)


def test_an_answer_that_does_not_come_is_a_failure_and_no_time(run):
    run.answer(["w0 ", "w1 "])
    run.last_token = "never"
    assert run.talk(run.least, "least", "").errors == ["the answer was not whole"]
    run.answer([f"w{number} " for number in range(20)], 1)
    assert "TimeoutError" in run.talk(run.least, "least", "", within=0.3).errors[0]


def test_a_figure_falls_short_when_one_of_its_values_does():
    assert Figure("s", "f", (12.0, 40.0), (12.0, 40.0)).holds()
    assert not Figure("s", "f", (12.0, 40.1), (12.0, 40.0)).holds()
    assert not Figure("s", "f", (9_999.0,), (10_000.0,), at_least=True).holds()
    assert Figure("s", "f", (5.0, 1e9), (20.0, None)).holds()


def test_the_table_has_a_column_per_run_and_a_verdict_over_all():
    runs = [
        [Figure("latency", "added, ms", (10.0, 30.0), (12.0, 40.0), least=(2.0, 3.0))],
        [Figure("latency", "added, ms", (14.0, 50.0), (12.0, 40.0), least=(2.0, 5.0))],
    ]
    row = table(runs)[2].split("  ")
    assert [cell.strip() for cell in row if cell.strip()] == [
        "latency", "added, ms", "10 / 30", "14 / 50", "≤ 12 / 40", "2 / 4", "6.0 / 10.0", "SHORT",
    ]  # fmt: skip


def test_the_spread_is_the_median_and_the_99th_percentile():
    assert spread(range(1, 101)) == (50.5, 100)
    assert spread([7.0]) == (7.0, 7.0)
