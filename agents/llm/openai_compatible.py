"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, LM Studio, Ollama and many more."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from agents import failpoints
from agents.errors import ModelError
from agents.llm import discovery, failures
from agents.llm.base import ModelRequest, ModelUsage
from agents.llm.failures import Place
from agents.llm.openai_stream import StreamParser
from agents.llm.pace import reading
from agents.llm.per_loop import PerLoop

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, StreamReader

CONNECT_SECONDS = 10.0
DRAIN_SECONDS = 0.25
MAX_ERROR = 100_000  # bytes read of a refusal
OPENAI_HOST = "api.openai.com"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server understands of the optional parameters: found out by asking, and then remembered."""

    usage: bool = True
    limit: str = "max_tokens"
    effort: str = ""

    def body(self, max_tokens: int) -> dict[str, object]:
        """Return the optional parameters of a request."""
        usage: dict[str, object] = {"stream_options": {"include_usage": True}} if self.usage else {}
        limit: dict[str, object] = {self.limit: max_tokens} if self.limit else {}
        effort: dict[str, object] = {"reasoning_effort": self.effort} if self.effort else {}
        return {**usage, **limit, **effort}

    def after(self, refusal: str) -> "Dialect | None":
        """Return what to try after a server refused this dialect with these words; None to give up."""
        if self.effort and "reasoning_effort" in refusal:
            return replace(self, effort="")
        if self.limit == "max_tokens" and "max_completion_tokens" in refusal:
            return replace(self, limit="max_completion_tokens")
        if self.limit and ("max_tokens" in refusal or "max_completion_tokens" in refusal):
            return replace(self, limit="")
        return replace(self, usage=False) if self.usage else None


class OpenAICompatible:
    """A model on an OpenAI-compatible server. `base_url` is the address below which /chat/completions lies."""

    def __init__(self, name: str, base_url: str, api_key: str, model: str) -> None:
        self.name = name
        self.place = Place(base_url.rstrip("/"), model, api_key)
        self._sessions: PerLoop[ClientSession] = PerLoop(self._session)
        self._dialect = Dialect()
        if self.place.host == OPENAI_HOST:  # its models think before they talk; a chat can't wait for much of that
            effort = "low" if model.startswith(("gpt-5", "gpt-6", "o")) else ""
            self._dialect = Dialect(limit="max_completion_tokens", effort=effort)

    def __repr__(self) -> str:
        return f"<{self.place.model} at {self.place.address}>"

    async def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        """Yield the answer piece by piece; one piece holds all that has come since the one before."""
        if "aiohttp" not in sys.modules:  # a quarter of a second that nobody else in this loop should wait for
            await asyncio.to_thread(import_module, "aiohttp")
        import aiohttp

        response = None
        try:
            response = await self._open(request)
            async for piece in self._read(response, usage):
                yield piece
        except (aiohttp.ClientPayloadError, asyncio.IncompleteReadError):
            raise failures.cut(self.place) from None
        except (aiohttp.ClientError, OSError) as error:
            raise (failures.unreachable(self.place, error) if response is None else failures.cut(self.place)) from None
        finally:
            if response is not None:
                response.release()  # to the pool when it was read to its end, else its connection is closed

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        if (session := self._sessions.pop()) is not None:
            await session.close()

    def _session(self) -> "ClientSession":
        import aiohttp

        # Silence is the gateway's business.
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {self.place.key}"} if self.place.key else {}
        connector = aiohttp.TCPConnector(limit=0)
        return aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers, trust_env=True)

    async def _open(self, request: ModelRequest) -> "ClientResponse":
        """Ask, in what the server understands. Raises `ModelError` for a refusal."""
        url = f"{self.place.address}/chat/completions"
        asked = {
            "model": self.place.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "stream": True,
        }
        dialect = self._dialect
        while True:
            body = asked | dialect.body(request.max_output_tokens)
            # A redirect could carry the conversation to another host.
            response = await self._sessions.get().post(url, json=body, allow_redirects=False)
            if response.status == 200:
                self._dialect = dialect
                failpoints.hit("model_request.after")
                return response
            refusal = await _text(response)
            other = dialect.after(refusal) if response.status in (400, 422) else None
            if other is None:
                raise await self._refused(response, refusal)
            dialect = other

    async def _read(self, response: "ClientResponse", usage: ModelUsage) -> AsyncIterator[str]:
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/html"):
            raise failures.no_endpoint(self.place)
        parser = StreamParser(usage)
        if kind.startswith("application/json"):  # a server that does not stream
            yield parser.whole(await response.read())
        else:
            with reading() as pace:
                while data := await response.content.readany():
                    piece = parser.feed(data)
                    yield piece
                    if parser.done or parser.broken:
                        break
                    if piece:  # the first word is not waited for
                        await pace.pause()
            yield parser.end()
            if parser.done:
                await _drain(response.content)
        self._judge(parser, usage)

    def _judge(self, parser: StreamParser, usage: ModelUsage) -> None:
        if parser.error is not None:
            raise self._error_inside(parser.error)
        if parser.broken:
            raise failures.nonsense(self.place)
        if not parser.done and not parser.finished:
            raise failures.cut(self.place)
        usage.finish = parser.finished

    def _error_inside(self, error: object) -> ModelError:
        """Name an error that came inside a stream that had begun well."""
        said = error.get("message") if isinstance(error, dict) else error
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
        return failures.refused(self.place, status, str(said or ""), {})

    async def _refused(self, response: "ClientResponse", said: str) -> ModelError:
        refusal = failures.refused(self.place, response.status, said, response.headers)
        if isinstance(refusal, failures.NoSuchModel):
            offered = await discovery.ask("openai", self.place.address, self.place.key)
            return failures.no_model(self.place, offered or ())
        return refusal


async def _text(response: "ClientResponse") -> str:
    """Return what a refusal says, as far as it is of use, and let go of the connection."""
    body = b""
    async with response:
        while len(body) < MAX_ERROR and (part := await response.content.readany()):
            body += part
    return body.decode("utf-8", "replace")


async def _drain(content: "StreamReader") -> None:
    """Read the end of the response, so that its connection can be used again."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while await content.readany():
                pass
    except TimeoutError:
        pass  # the answer is whole; only the connection is not kept
