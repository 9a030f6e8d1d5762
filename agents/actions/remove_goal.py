from typing import Literal

from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Id, Outcome
from agents.changes import PutGoal
from agents.errors import ActionFailed


class RemoveGoalArgs(Args):
    goal: Id = Field(description="The id of the goal, as listed.")
    outcome: Literal["completed", "abandoned"] = Field("completed", description="How it ended.")
    reason: str = Field("", max_length=500, description="Why.")


class RemoveGoal(Action[RemoveGoalArgs]):
    """A goal ends, completed or abandoned, with the reason."""

    name = "REMOVE_GOAL"
    description = "End one of your goals: it is completed, or you give it up."
    label, past, icon = "Goal", "Ended a goal", "goal"
    args = RemoveGoalArgs

    async def execute(self, context: ActionContext, args: RemoveGoalArgs) -> Outcome:
        goal = context.state.active_goals().get(args.goal)
        if goal is None:
            raise ActionFailed(f"There is no active goal with the id {args.goal}.")
        ended = goal.model_copy(update={"status": args.outcome, "reason": args.reason or context.context[:500]})
        return Outcome(result=f"{args.outcome}: {goal.text}", changes=(PutGoal(id=args.goal, goal=ended),))
