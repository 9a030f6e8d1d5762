"""The state as it was when a run began: what the run has done so far, taken back for planning the same turn again."""

from agents.changes import GoalValue, MemoryValue
from agents.mind import EntityState, folded
from agents.scene import CompletedAction, Scene

_TOLD_APART_BY = {
    "ADD_MEMORY": "content",
    "REMOVE_MEMORY": "memory",
    "ADD_GOAL": "goal",
    "UPDATE_GOAL": "goal",
    "REMOVE_GOAL": "goal",
    "ADD_DESIRE": "desire",
    "REMOVE_DESIRE": "desire",
    "RECALL": "query",
    "TELL": "to",
}


def rewound(scene: Scene) -> EntityState:
    """Return the state of `scene` without what its completed actions did to memories, goals and desires."""
    memories, goals = dict(scene.state.memories), dict(scene.state.goals)
    desires = dict(scene.state.desires)
    for done in reversed(scene.completed):
        if done.ok:
            _memories_back(memories, done)
            _goals_back(goals, done)
            named = done.args.get("desire")
            if done.action == "REMOVE_DESIRE" and isinstance(named, int) and named in desires:
                desires[named] = desires[named].model_copy(update={"status": "active", "reason": ""})
    return scene.state.model_copy(update={"memories": memories, "goals": goals, "desires": desires})


def _memories_back(memories: dict[int, MemoryValue], done: CompletedAction) -> None:
    if done.action == "ADD_MEMORY":
        content = folded(str(done.args.get("content", "")))
        for key in [key for key, memory in memories.items() if folded(memory.content) == content]:
            del memories[key]
    named = done.args.get("memory")
    if done.action == "REMOVE_MEMORY" and isinstance(named, int) and named in memories:
        memories[named] = memories[named].model_copy(update={"forgotten": False})


def _goals_back(goals: dict[int, GoalValue], done: CompletedAction) -> None:
    if done.action == "ADD_GOAL":
        text = folded(str(done.args.get("goal", "")))
        for key in [key for key, goal in goals.items() if folded(goal.text) == text]:
            del goals[key]
    named = done.args.get("goal")
    if done.action == "REMOVE_GOAL" and isinstance(named, int) and named in goals:
        goals[named] = goals[named].model_copy(update={"status": "active", "reason": ""})


def is_done(scene: Scene, action: str, args: dict[str, object]) -> bool:
    """Whether the run has done this very action (or tried to) already."""
    for done in scene.completed:
        if done.action != action:
            continue
        name = _TOLD_APART_BY.get(action)
        if name is None:
            return True
        if folded(str(done.args.get(name, ""))) == folded(str(args.get(name, ""))):
            return True
    return False


def failure(scene: Scene, action: str) -> str:
    """Why the run could not do `action`, in words; empty where it has not failed."""
    return next((done.result for done in scene.completed if done.action == action and not done.ok), "")
