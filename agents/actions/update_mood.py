from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import EMOTIONS, Label, Mood, SetMood, SignedUnit, Unit

# One action moves a feeling at most this far: moods drift, they do not flip.
LARGEST_STEP = 0.5


class UpdateMoodArgs(Args):
    mood: Label = Field(description="One word for the mood, lower case.")
    intensity: Unit = Field(description="How strong it is, 0 to 1.")
    valence: SignedUnit | None = Field(None, description="Unpleasant -1 to pleasant 1.")
    arousal: SignedUnit | None = Field(None, description="Calm -1 to excited 1.")
    emotions: dict[str, Unit] = Field(
        default_factory=dict, description=f"Those that change, 0 to 1, of: {', '.join(EMOTIONS)}."
    )


class UpdateMood(Action[UpdateMoodArgs]):
    """How the entity feels changes, by a bounded step, with the cause recorded."""

    name = "UPDATE_MOOD"
    description = "Change how you feel, because of what happened. Put the cause into context."
    label, past, icon = "Mood", "Mood changed", "mood"
    args = UpdateMoodArgs

    async def execute(self, context: ActionContext, args: UpdateMoodArgs) -> Outcome:
        now = context.state.mood
        emotions = {name: now.emotions.get(name, 0.0) for name in EMOTIONS}
        for name, value in args.emotions.items():
            if name in emotions:
                emotions[name] = _step(emotions[name], value)
        mood = Mood(
            label=now.label if now.held else args.mood,
            intensity=_step(now.intensity, args.intensity),
            valence=_step(now.valence, args.valence),
            arousal=_step(now.arousal, args.arousal),
            emotions=emotions,
            held=now.held,
        )
        return Outcome(result=f"{mood.label} {mood.intensity:.2f}", changes=(SetMood(mood=mood),))


def _step(now: float, wanted: float | None) -> float:
    if wanted is None:
        return now
    return round(now + max(-LARGEST_STEP, min(LARGEST_STEP, wanted - now)), 3)
