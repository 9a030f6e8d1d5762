from pydantic import Field, model_validator

from agents.actions.base import Action, ActionContext, Args, Id, Outcome
from agents.changes import PutGoal, Unit
from agents.errors import ActionFailed


class UpdateGoalArgs(Args):
    goal: Id = Field(description="The id of the goal, as listed.")
    progress: Unit | None = Field(None, description="How far you have come with it, 0 to 1.")
    priority: Unit | None = Field(None, description="How much it matters, 0 to 1.")

    @model_validator(mode="after")
    def _says_something(self) -> "UpdateGoalArgs":
        if self.progress is None and self.priority is None:
            raise ValueError("give progress, priority or both")
        return self


class UpdateGoal(Action[UpdateGoalArgs]):
    """A goal comes nearer, or matters more or less. What is reached ends by REMOVE_GOAL."""

    name = "UPDATE_GOAL"
    description = "Note how far you have come with one of your goals, or that it matters more or less than before."
    label, past, icon = "Goal", "Came on with a goal", "goal"
    args = UpdateGoalArgs

    async def execute(self, context: ActionContext, args: UpdateGoalArgs) -> Outcome:
        goal = context.state.active_goals().get(args.goal)
        if goal is None:
            raise ActionFailed(f"There is no active goal with the id {args.goal}.")
        new = goal.model_copy(update=args.model_dump(include={"progress", "priority"}, exclude_none=True))
        if new == goal:
            return Outcome(result=f"as before: {goal.text}")
        said = [f"{goal.text}: {new.progress:.0%} done"] if new.progress != goal.progress else [goal.text]
        said += [f"priority {new.priority:.2f}"] if new.priority != goal.priority else []
        return Outcome(result=", ".join(said), changes=(PutGoal(id=args.goal, goal=new),))
