"""What the scenarios share: the model, the clients, and the two products, started when first asked for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.bench import products
from tests.bench.figures import Values, spread
from tests.bench.products import LeastApp, Memos, Product
from tests.bench.rpc import Remote

# (dialect, strategy): a page of the default strategy, and a program of the plainest one; then the other two.
CLIENTS = (("browser", "inline"), ("api", "reactive"), ("browser", "reactive"), ("api", "inline"))


@dataclass
class Options:
    """What the command line says."""

    asked_for: frozenset[str] = frozenset()
    clients: tuple[tuple[str, str], ...] = CLIENTS
    minutes: float | None = None
    spread: float = 1.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message's way, in milliseconds: to the model's request, from its first token, and to its last one."""

    up: float
    down: float
    streamed: float
    total: float

    @property
    def added(self) -> float:
        """The time that is ours."""
        return self.up + self.down


@dataclass(slots=True)
class Round:
    """What a round of messages brought: those that were answered whole, and why others were not."""

    messages: list[Message]
    errors: list[str]
    cpu: float

    def added(self) -> Values:
        """Return median and 99th percentile of the time added, in ms."""
        return spread(message.added for message in self.messages)


@dataclass
class Bench:
    """One run of the bench."""

    stack: ExitStack
    options: Options
    remarks: list[str] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def model(self) -> Remote:
        """The stub model server."""
        return self.stack.enter_context(Remote("tests.bench.stub"))

    @cached_property
    def model_port(self) -> int:
        """Where it listens."""
        return int(self.model.call("listen"))

    @cached_property
    def client(self) -> Remote:
        """The clients."""
        return self.stack.enter_context(Remote("tests.bench.client"))

    @cached_property
    def memos(self) -> Memos:
        """The product."""
        return self.stack.enter_context(products.memos(self.model_port))

    @cached_property
    def least(self) -> LeastApp:
        """The least app."""
        return self.stack.enter_context(products.least_app(self.model_port))

    def products(self) -> Iterator[tuple[Product, str, str]]:
        """Yield what to measure, with its client's dialect and its strategy; the least app first."""
        yield self.least, "least", ""
        for dialect, strategy in self.options.clients:
            yield self.memos, dialect, strategy

    def talk(
        self, product: Product, dialect: str, strategy: str, *, chats: int = 1, messages: int = 1, skip: int = 0,
        within: float = 30, spread: float = 0,
    ) -> Round:  # fmt: skip
        """Let `chats` people say `messages` messages each, beginning within `spread` seconds; the first `skip` of each
        only warm up."""
        specs = product.chats(dialect, strategy, chats)
        arguments = {"dialect": dialect, "last_token": self.last_token, "port": product.port}
        if skip:
            self.client.call("talk", chats=specs, messages=skip, within=within, spread=0, **arguments)
        before, busy = products.cpu_seconds(product.pid), self.client.call("cpu") + self.model.call("cpu")
        said = self.client.call("talk", chats=specs, messages=messages, within=within, spread=spread, **arguments)
        cpu = products.cpu_seconds(product.pid) - before
        busy = self.client.call("cpu") + self.model.call("cpu") - busy
        if chats > 1:
            self.remarks.append(f"{chats} chats, {dialect} {strategy}: clients and model took {busy:.1f} CPU-s")
        self.said = said
        return self._round(said, cpu)

    def answer(self, tokens: list[str], pace: float = 0.0) -> None:
        """Let the model say `tokens` from now on, one every `pace` seconds."""
        _ = self.model_port
        self.last_token = tokens[-1].strip()
        self.model.call("answer", tokens=tokens, pace=pace)

    def _round(self, said: list[dict[str, Any]], cpu: float) -> Round:
        moments = {int(number): each for number, each in self.model.call("asked").items()}
        found = Round([], [], cpu)
        for each in said:
            why = each["error"] or (each["status"] if each["status"] != "finished" else "")
            if why or not each["whole"] or not each["first"] or each["number"] not in moments:
                found.errors.append(why or "the answer was not whole")
                continue
            arrived, written = moments[each["number"]]
            up, down = (arrived - each["sent"]) * 1000, (each["first"] - written) * 1000
            streamed, total = (each["whole"] - written) * 1000, (each["ended"] - each["sent"]) * 1000
            found.messages.append(Message(up, down, streamed, total))
        if found.errors:
            self.remarks.append(f"{len(found.errors)} of {len(said)} messages failed, such as: {found.errors[0]}")
        return found


@contextmanager
def started(options: Options) -> Iterator[Bench]:
    """A bench; all its processes end with it."""
    with ExitStack() as stack:
        yield Bench(stack, options)
