"""Events as HTML. The live page and a reloaded one are made of the same partial templates, from the same turns."""

from collections.abc import Iterable
from datetime import date
from functools import singledispatchmethod

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from agents.changes import Mood, SetMood
from agents.events import (
    ActionSkipped,
    BudgetReached,
    Event,
    LoggedEvent,
    MessageReceived,
    ModelDegraded,
    QuestionAsked,
    RepetitionStopped,
    RunFinished,
    RunStarted,
    StateChanged,
    TextFinished,
    WaitStarted,
)
from agents.models import Entity
from agents.state import mood_of
from interactions import markdown
from interactions.folding import fold_in
from interactions.models import Conversation
from interactions.turns import Text, Turn

# What changes which turns the talk has: a page that shows it is read anew.
RELOADS = ("branch.switched", "turn.deleted", "turn.restored", "command.given")


def anew(seq: int) -> str:
    """Return the fragment that has a page read anew, because of event `seq`."""
    return format_html('<span id="talk-anew" data-words>{}</span>', seq)


def arrange(turns: list[Turn], entity: Entity) -> list[Turn]:
    """Put `turns` in the order of the talk and give each what depends on its neighbours: its day, whether it waits
    behind another one, and how the entity felt at its end. `entity` is as it is now.

    A turn shows what the log says, not what has faded since: a page that is read anew must be the same.
    """
    turns.sort(key=lambda turn: turn.position)
    mood = mood_of(entity)
    for turn in reversed(turns):
        turn.mood = turn.mood_after or mood
        mood = turn.mood_before or mood
    is_busy, day = False, None
    for turn in turns:
        turn.is_behind = turn.status == "queued" and is_busy
        is_busy = is_busy or turn.is_busy
        turn.is_new_day = (today := _day(turn)) != day
        day = today
    return turns


class Fragments:
    """The partial templates of one conversation's talk."""

    def __init__(self, conversation: Conversation, entity: Entity) -> None:
        self.conversation, self.entity = conversation, entity

    def exchange(self, turn: Turn) -> str:
        """The person's message with the turn that answers it."""
        return self._render("exchange", turn)

    def shell(self, turn: Turn) -> str:
        """An exchange without its content, for a page that does not have it yet."""
        return self._render("exchange", turn, is_shell=True)

    def part(self, name: str, turn: Turn) -> str:
        """One part of a turn: turn, strip, notices or end."""
        return self._render(name, turn)

    def text(self, turn: Turn, text: Text) -> str:
        """A whole thought or speech."""
        return self._render("text", turn, text=text)

    def doing(self, turn: Turn) -> str:
        """What the page's head says, its stop button, the line in the list, and what is read out."""
        phase, name = turn.phase, self.entity.name
        line = f"{name} is {phase}" if phase else last_line(turn, name)
        row = format_html(
            '<p class="rows__sub clip{}" id="row-{}">{}</p>', " rows__live" if phase else "", self.conversation.pk, line
        )
        spoken = format_html('<p id="announce" data-words>{}</p>', line)
        return self._render("doing", turn, phase=phase) + row + spoken

    def _render(self, name: str, turn: Turn, **more: object) -> str:
        context = {"turn": turn, "entity": self.entity, "conversation": self.conversation, **more}
        return render_to_string(f"chat/{name}.html", context)


def last_line(turn: Turn, name: str) -> str:
    """Return a finished or queued turn in one line."""
    if turn.command:
        return f"You: {turn.command.text[:300]}"
    if turn.waits_until:
        return f"{name} is waiting."
    if turn.speeches:
        return f"{name}: {turn.speeches[-1].text[:300]}"
    if turn.status == "failed":
        return f"{name} could not answer."
    if turn.status == "cancelled":
        return f"{name} was stopped."
    if turn.status == "finished":
        return f"{name} read this and kept silent."
    return f"You: {turn.said.text[:300]}" if turn.said else ""


class LiveRenderer:
    """Turns the frames of one conversation into HTML for one socket. Pure: no database, no waiting.

    Each root element of what it returns has an id; the page replaces the element of that id, or appends it to the one
    that `data-into` names, or removes it when it says `data-gone`.
    """

    def __init__(self, conversation: Conversation, entity: Entity) -> None:
        self._fragments = Fragments(conversation, entity)
        self._turns: dict[str, Turn] = {}
        self._streams: dict[str, markdown.MarkdownStream] = {}
        self._mood: Mood = mood_of(entity)
        self._day: date | None = timezone.localdate(conversation.updated_at) if conversation.last_seq else None

    def prime(self, events: Iterable[LoggedEvent]) -> None:
        """Take in what the page shows already."""
        for logged in events:
            if logged.run:
                self._fold(logged.run, logged)

    def event(self, logged: LoggedEvent) -> str:
        """Return what an event changes on the page; empty when nothing."""
        if logged.run is None:
            return anew(logged.seq) if logged.event.kind in RELOADS else ""
        turn = self._fold(logged.run, logged)
        html = self._changed(logged.event, logged, turn)
        if not turn.is_open:
            self._forget(turn)
        return html

    def delta(self, run: str, action: str, offset: int, text: str, is_thought: bool) -> str:
        """Return the blocks that a piece of streaming text changes."""
        turn = self._turns.get(run)
        if turn is None or turn.status != "running":
            return ""
        known = turn.texts.get(action)
        if known is not None and not known.is_streaming:
            return ""  # it is whole already
        stream = self._streams.setdefault(action, markdown.MarkdownStream())
        stream.add(offset, text)
        changed = stream.changed()
        if known is not None:
            return "".join(_block(action, number, html) for number, html in changed)
        begun = turn.begin_text(action, is_thought)
        begun.blocks = mark_safe("".join(_block(action, number, html) for number, html in changed))
        return self._fragments.part("strip", turn) + self._fragments.text(turn, begun) + self._doing(turn)

    def _fold(self, run: str, logged: LoggedEvent) -> Turn:
        turn, is_new = self._turns.get(run), run not in self._turns
        if turn is None:
            turn = Turn(run, is_behind=any(other.is_busy for other in self._turns.values()))
            self._turns[run] = turn
        fold_in(turn, logged)
        if is_new:
            today = _day(turn)
            turn.is_new_day, self._day = today != self._day, today
        self._mood = turn.mood_after or self._mood
        turn.mood = self._mood
        return turn

    def _doing(self, turn: Turn) -> str:
        running = next((other for other in self._turns.values() if other.status == "running"), turn)
        return self._fragments.doing(running)

    @singledispatchmethod
    def _changed(self, event: Event, logged: LoggedEvent, turn: Turn) -> str:
        return self._fragments.part("strip", turn)

    @_changed.register
    def _(self, event: MessageReceived, logged: LoggedEvent, turn: Turn) -> str:
        return self._turn(turn) if event.answers else self._fragments.exchange(turn)

    @_changed.register(QuestionAsked)
    @_changed.register(WaitStarted)
    def _(self, event: Event, logged: LoggedEvent, turn: Turn) -> str:
        return self._turn(turn) + self._doing(turn)

    @_changed.register
    def _(self, event: RunStarted, logged: LoggedEvent, turn: Turn) -> str:
        self._streams = {key: stream for key, stream in self._streams.items() if key in turn.texts}
        if event.attempt > 1 or event.resumed:
            return self._turn(turn) + self._doing(turn)
        if turn.said:
            return self._fragments.exchange(turn) + self._doing(turn)
        return self._fragments.shell(turn) + self._turn(turn) + self._doing(turn)

    @_changed.register
    def _(self, event: RunFinished, logged: LoggedEvent, turn: Turn) -> str:
        # A message that nothing had begun to answer changes too: it was withdrawn, or waits no more.
        ended = self._turn(turn) if turn.has_started else self._fragments.exchange(turn)
        return ended + self._doing(turn)

    @_changed.register
    def _(self, event: StateChanged, logged: LoggedEvent, turn: Turn) -> str:
        # A change of mood colours the turn. The version tells the page that its state panel is out of date.
        is_felt = any(isinstance(change, SetMood) for change in event.changes)
        version = format_html('<span id="state-version" data-words>{}</span>', event.version)
        return (self._turn(turn) if is_felt else self._fragments.part("strip", turn)) + version

    @_changed.register
    def _(self, event: TextFinished, logged: LoggedEvent, turn: Turn) -> str:
        text = self._fragments.text(turn, turn.texts[logged.action])
        return self._fragments.part("strip", turn) + text + self._doing(turn)

    @_changed.register
    def _(self, event: ActionSkipped, logged: LoggedEvent, turn: Turn) -> str:
        self._streams.pop(logged.action, None)
        gone = format_html('<div id="text-{}" data-gone></div>', logged.action)
        return self._fragments.part("strip", turn) + gone + self._doing(turn)

    @_changed.register(BudgetReached)
    @_changed.register(ModelDegraded)
    @_changed.register(RepetitionStopped)
    def _(self, event: Event, logged: LoggedEvent, turn: Turn) -> str:
        return self._fragments.part("notices", turn)

    def _turn(self, turn: Turn) -> str:
        """The whole turn; what is streaming in it stays."""
        for text in turn.texts.values():
            if text.is_streaming and text.key in self._streams:
                blocks = enumerate(self._streams[text.key].shown)
                text.blocks = mark_safe("".join(_block(text.key, number, html) for number, html in blocks))
        return self._fragments.part("turn", turn)

    def _forget(self, turn: Turn) -> None:
        self._turns.pop(turn.run, None)
        for key in turn.texts:
            self._streams.pop(key, None)


def _block(action: str, number: int, html: str | None) -> str:
    element = f"text-{action}"
    return markdown.gone_block(element, number) if html is None else markdown.block(element, number, html)


def _day(turn: Turn) -> date | None:
    return timezone.localdate(turn.at) if turn.at else None
