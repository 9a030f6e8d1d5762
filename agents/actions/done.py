from agents.actions.base import Action, ActionContext, Args, Outcome


class DoneArgs(Args):
    pass


class Done(Action[DoneArgs]):
    """The end of the sequence."""

    name = "DONE"
    description = "End the sequence. Always the last action."
    label, past, icon = "Done", "Done", "done"
    args = DoneArgs

    async def execute(self, context: ActionContext, args: DoneArgs) -> Outcome:
        return Outcome(result="done", ends_run=True)
