"""The bloom's geometry, held against the numbers of the agreed design."""

import pytest
from django.template import Context, Template

from agents.changes import EMOTIONS, Mood
from agents.models import Entity
from interactions import bloom

SAD = Mood(label="wistful", intensity=0.64, emotions={"sadness": 0.74, "trust": 0.3, "fear": 0.22, "joy": 0.1})


def render(template: str, **context: object) -> str:
    return Template(template).render(Context(context))


def test_a_large_petal_has_the_shape_of_the_design():
    joy = bloom.petals({"joy": 0.55}, "large")[0]
    assert joy.path == "M0 -3C14.6 -11.4 6.7 -23.3 0 -32.9C-6.7 -23.3 -14.6 -11.4 0 -3Z"
    assert joy.opacity == "0.69"


def test_a_small_petal_has_the_shape_of_the_design():
    anticipation = bloom.petals({"anticipation": 0.78}, "small")[7]
    assert anticipation.path == "M0 -3C19 -14.3 8.7 -30.6 0 -43.5C-8.7 -30.6 -19 -14.3 0 -3Z"
    assert (anticipation.angle, anticipation.opacity) == (315, "0.87")


def test_a_portrait_leaves_room_for_the_picture():
    petal = bloom.petals({"joy": 1.0}, "portrait")[0]
    assert petal.path.startswith("M0 -19C21.6 -27.4") and " 0 -49C" in petal.path


def test_petals_stand_clockwise_in_the_order_of_the_emotions():
    petals = bloom.petals({}, "small")
    assert [petal.emotion for petal in petals] == list(EMOTIONS)
    assert [petal.angle for petal in petals] == [0, 45, 90, 135, 180, 225, 270, 315]


@pytest.mark.parametrize(
    ("size", "has_portrait", "form"),
    [(24, False, "small"), (44, False, "small"), (96, False, "large"), (36, True, "small"), (44, True, "portrait")],
)
def test_the_form_follows_the_size(size: int, has_portrait: bool, form: str):
    assert bloom.form_for(size, has_portrait) == form


def test_its_words_name_the_mood_and_the_three_strongest_emotions():
    assert bloom.in_words(SAD, "Ishbel") == "Ishbel: wistful 0.64; sadness 0.74, trust 0.30, fear 0.22"


def test_a_named_bloom_is_an_image_and_an_unnamed_one_is_decoration():
    named = render('{% bloom mood size=96 name="Ishbel" %}', mood=SAD)
    assert 'role="img"' in named and 'aria-label="Ishbel: wistful 0.64' in named
    assert named.count("bloom__ghost") == 8
    unnamed = render("{% bloom mood %}", mood=SAD)
    assert 'aria-hidden="true"' in unnamed and "bloom__ghost" not in unnamed


def test_a_name_cannot_break_out_of_its_attribute():
    assert "<script>" not in render("{% bloom mood name=name %}", mood=SAD, name='"><script>')


def test_an_entity_and_its_mood_look_the_same():
    entity = Entity(name="Ishbel", mood="wistful", intensity=0.64, emotions=SAD.emotions)
    assert render("{% bloom it size=36 %}", it=entity) == render("{% bloom it size=36 %}", it=SAD)
    assert render("{{ it|dominant }}", it=entity) == "sadness"


def test_the_legend_says_all_eight_values():
    legend = render("{% legend mood %}", mood=SAD)
    assert legend.count("<dt>") == 8 and "<dd>0.74</dd>" in legend and "<dd>0.00</dd>" in legend


def test_a_portrait_is_drawn_from_44_pixels():
    assert '<image class="bloom__portrait" href="/p.png"' in render('{% bloom it size=44 portrait="/p.png" %}', it=SAD)
    assert "<image" not in render('{% bloom it size=24 portrait="/p.png" %}', it=SAD)
