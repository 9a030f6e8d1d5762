"""D17 and D18 on an entity's pages: mood and emotions over time, temperament and a held word edited there."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents import state
from agents.changes import EMOTIONS, Mood, SetAppearance, SetMood
from agents.models import Entity, StateVersion
from interactions.web.entity import plots
from interactions.web.entity.plots import WINDOWS, plots_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def feel(entity: Entity, label: str, **emotions: float) -> None:
    state.apply(entity.pk, [SetMood(mood=Mood(label=label, valence=-0.4, emotions=emotions))], cause=f"why {label}")
    entity.refresh_from_db()


def ends(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", line)]


def test_d18_the_curve_jumps_where_something_was_felt_and_fades_after_it(entity: Entity) -> None:
    feel(entity, "furious", anger=0.9)
    now = timezone.now() + timedelta(hours=12)
    shown = plots_of(entity, "day", now)
    anger = next(curve for curve in shown.emotions if curve.name == "anger")
    heights = [y for _, y in ends(anger.line)]
    top = heights.index(min(heights))
    assert min(heights) == pytest.approx(1 + 30 * 0.1, abs=0.1), "0.9 of the height"
    assert heights[top:] == sorted(heights[top:]) and heights[-1] > 30, "it fades, and only that"
    assert anger.now == "0.01" and "to 0.90, now 0.01" in anger.words
    assert all(0 <= x <= plots.WIDTH for x, _ in ends(shown.mood.line))
    assert [(point.number, point.cause) for point in shown.points] == [(2, "why furious")]


@pytest.mark.parametrize("window", [*WINDOWS, "", "century", "\0", None])
@pytest.mark.parametrize(("age", "usual"), [(0, "all"), (6, "all"), (8, "week")])
def test_d18_every_window_is_drawn_and_any_other_word_is_the_week_or_a_shorter_life(
    entity: Entity, window: str | None, age: int, usual: str
) -> None:
    feel(entity, "glad", joy=0.7)
    entity.created_at -= timedelta(days=age)
    shown = plots_of(entity, window)
    assert shown.window == (window if window in WINDOWS else usual)
    assert len(shown.emotions) == len(EMOTIONS)
    assert "nan" not in shown.mood.line and "inf" not in shown.mood.line


def test_d18_of_very_many_changes_a_part_is_read_and_drawn(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "READ", 10)
    for number in range(60):
        feel(entity, f"mood {number}", joy=number % 2 * 0.9)
    shown = plots_of(entity, "all")
    assert shown.is_thinned and 1 <= len(shown.points) <= plots.POINTS
    assert shown.latest[0].number == entity.version, "the last change is always among those that are read"
    assert not plots_of(entity, "all", timezone.now()).mood.line.count("L") > 4 * plots.STEPS


def test_d17_the_page_shows_the_plots_with_links_to_the_causes(browser: Client, entity: Entity) -> None:
    feel(entity, "furious", anger=0.9)
    page = browser.get("/e/ottilie/?window=all").content.decode()
    assert 'aria-label="Anger: from 0.00 to 0.90, now 0.90, usually 0.00"' in page
    assert page.count("/e/ottilie/versions/2/") >= 2 and "furious: why furious" in page
    assert re.search(r'window=all#plots" aria-current="true"', page)
    assert "style=" not in page.split('class="plot"')[1].split("</section>")[0]


def test_d17_no_change_is_explained(browser: Client, entity: Entity) -> None:
    state.apply(entity.pk, [SetAppearance(text="A hat.")], cause="x")
    assert "Nothing has moved them in this time" in browser.get("/e/ottilie/?window=day").content.decode()


def temperament(**other: object) -> dict[str, object]:
    felt = {name: 0.1 for name in EMOTIONS}
    values = {"label": "wry", "intensity": 0.5, "valence": 0.2, "arousal": -0.1, "stability": 0.8}
    return {"version": 1, **values, **felt, **other}


def test_d18_the_temperament_is_edited_as_a_version_and_taken_back(browser: Client, entity: Entity) -> None:
    before = state.temperament_of(entity)
    answer = browser.post("/e/ottilie/edit/temperament/", temperament())
    assert answer.status_code == 302
    entity.refresh_from_db()
    now = state.temperament_of(entity)
    assert (now.stability, now.baseline.label, now.baseline.emotions["joy"]) == (0.8, "wry", 0.1)
    assert state.folded_log(entity) == state.read(entity)
    page = browser.get("/e/ottilie/state/").content.decode()
    assert "stability 0.80" in page and "wry" in page
    assert "stability 0.80" in browser.get("/e/ottilie/versions/").content.decode()
    state.undo(entity.pk, 2, author="noor")
    entity.refresh_from_db()
    assert state.temperament_of(entity) == before


def test_d18_a_temperament_that_was_not_touched_is_no_version(browser: Client, entity: Entity) -> None:
    page = browser.get("/e/ottilie/edit/temperament/").content.decode()
    shown = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    browser.post("/e/ottilie/edit/temperament/", shown)
    entity.refresh_from_db()
    assert entity.version == 1


@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "1e400", "1.01", "-0.1", "", "much"])
@pytest.mark.parametrize("field", ["stability", "joy", "intensity"])
def test_d18_bad_numbers_are_refused_and_change_nothing(browser: Client, entity: Entity, field: str, bad: str) -> None:
    answer = browser.post("/e/ottilie/edit/temperament/", temperament(**{field: bad}))
    assert answer.status_code == 400
    assert StateVersion.objects.filter(entity=entity).count() == 1


def test_d17_a_word_is_held_and_released_on_the_page(browser: Client, entity: Entity) -> None:
    felt = {name: 0.1 for name in EMOTIONS}
    form = {"label": "grumpy", "intensity": 0.5, "valence": 0, "arousal": 0, **felt}
    assert browser.post("/e/ottilie/edit/mood/", {"version": 1, "held": "held", **form}).status_code == 302
    entity.refresh_from_db()
    assert (entity.mood, entity.mood_held) == ("grumpy", True)
    assert "the word is held" in browser.get("/e/ottilie/state/").content.decode()
    assert browser.post("/e/ottilie/edit/mood/", {"version": 2, "held": "", **form}).status_code == 302
    entity.refresh_from_db()
    assert not entity.mood_held
    assert browser.post("/e/ottilie/edit/mood/", {"version": 3, "held": "perhaps", **form}).status_code == 400
