"""What the entity thinks before it acts: a short inner line, never the speech itself."""

from agents.llm.offline.resolve import Resolved
from agents.llm.offline.temper import weight
from agents.llm.offline.text import shortened
from agents.llm.offline.voice import Picker, Voice

_GROUPS = {
    "greet": "greet back speak",
    "name": "name not_name",
    "sorry": "sorry",
    "taste": "like dislike favourite",
    "told": "named kin pet work place thing fact event doing remember",
    "plan": "plan appointment wish",
    "hurt": "crisis sad tired angry afraid lonely sick bored grief bad_news",
    "glad": "happy good_news calm goal_done laugh",
    "recall": "ask_all ask_name recall ask_last",
    "asked": "ask_about_you ask_machine ask_how ask_habit ask_feel ask_doing ask_look ask_goals ask_desires"
    " ask_can ask_story ask_joke",
    "ponder": "reassure question_who opinion advice question why talk_about",
    "cannot": "cannot cannot_world foreign",
    "silence": "silence",
    "help": "help",
    "forget": "corrected forget forget_name forget_account_name forget_all forget_last drop_goal never_mind",
    "insult": "insult",
    "praise": "compliment love thanks",
    "bye": "bye",
    "odd": "emoji dots numbers confused objection",
}
_GROUP = {kind: group for group, kinds in _GROUPS.items() for kind in kinds.split()}


def thought(resolved: Resolved, voice: Voice, picker: Picker, *, silent: bool, me: str) -> str:
    """Return the inner line for this turn."""
    main = max(resolved.moves, key=lambda move: weight(move.kind))
    group = "silence" if silent else _GROUP.get(main.kind, "statement")
    if resolved.ended and resolved.ended[0].text and not silent:
        group = "glad" if resolved.ended[0].outcome == "completed" else "forget"
    elif main.kind in {"name", "greet", "back"} and any(move.kind == "name" for move in resolved.moves):
        group = "name"
    fact = main.fact
    theirs = main.x.replace("your ", "their ") if main.x else ""
    values = {"name": resolved.name, "me": me, "x": shortened(theirs, 60), "y": fact.y if fact else ""}
    lines = voice.think.get(group, ()) or voice.think["statement"]
    return picker.line(lines, values) or "I should think about that."


def reasoning(resolved: Resolved, *, silent: bool) -> str:
    """Return in one sentence why the plan is as it is."""
    did = []
    if resolved.learned:
        did.append("keep what is new")
    if resolved.forgotten:
        did.append("let go of what no longer holds" if not resolved.forgets else "forget what they want forgotten")
    if resolved.goals:
        did.append("take up what follows from it")
    if resolved.ended:
        did.append("close what is settled")
    did.append("stay silent, as they wish" if silent else "answer")
    return "Think first; " + ", ".join(did) + "."
