from pydantic import Field

from agents.actions.base import Action, ActionContext, Args, Outcome
from agents.changes import GoalValue, Line, PutGoal, Unit
from agents.mind import folded


class AddGoalArgs(Args):
    goal: Line = Field(description="What you set out to do, in one sentence.")
    priority: Unit = Field(0.5, description="How much it matters, 0 to 1.")


class AddGoal(Action[AddGoalArgs]):
    """The entity takes up a goal of its own."""

    name = "ADD_GOAL"
    description = "Take up a goal of your own that will outlast this talk."
    label, past, icon = "Goal", "Took up a goal", "goal"
    args = AddGoalArgs

    async def execute(self, context: ActionContext, args: AddGoalArgs) -> Outcome:
        for key, goal in context.state.active_goals().items():
            if folded(goal.text) == folded(args.goal):
                return Outcome(result=f"a goal already, with the id {key}")
        goal = GoalValue(text=args.goal, priority=args.priority)
        return Outcome(result=f"took up: {args.goal}", changes=(PutGoal(goal=goal),))
