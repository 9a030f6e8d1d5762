from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.pause import MOST_CHOICES, Choice, Pause


class AskUserArgs(Args):
    question: str = Field(min_length=1, max_length=2_000, description="The question, as you ask it.")
    choices: tuple[Choice, ...] = Field(
        (), max_length=MOST_CHOICES, description="Short answers to choose from; the person may also write another."
    )


class AskUser(Action[AskUserArgs]):
    """The entity asks the person, and its run waits for the answer."""

    name = "ASK_USER"
    description = (
        "Ask the person something that you must know before you can go on, and wait for the answer. Make it the last "
        "action of your plan: what comes after it is planned with the answer. Do not SPEAK the question as well."
    )
    label, past, icon = "Ask", "Asked", "ask"
    args = AskUserArgs
    is_pause = True

    async def execute(self, context: ActionContext, args: AskUserArgs) -> Outcome:
        choices = tuple(dict.fromkeys(args.choices))
        return Outcome(result="asked", pauses=Pause(kind="question", text=args.question, choices=choices))
