from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome


class SpeakArgs(Args):
    text: str = Field(min_length=1, max_length=100_000, description="What you say, in Markdown where it helps.")


class Speak(Action[SpeakArgs]):
    """Speech to the person. Optional: a turn without it is a silent one."""

    name = "SPEAK"
    description = "Say something to the person, in your own voice. Leave it out to stay silent."
    label, past, icon = "Speak", "Spoke", "speak"
    args = SpeakArgs
    is_text = True
    writes = "speak"
    task = "Write what you say to the person now, and nothing else."

    async def execute(self, context: ActionContext, args: SpeakArgs) -> Outcome:
        return Outcome(result="said", text=args.text)
