"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, LM Studio, Ollama and many more."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from agents.errors import ModelError, ModelRefused
from agents.llm import discovery, failures
from agents.llm.base import ModelRequest, ModelUsage
from agents.llm.failures import Place
from agents.llm.openai_stream import StreamParser
from agents.llm.per_loop import PerLoop

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncAPIResponse, AsyncOpenAI

CONNECT_SECONDS = 10.0
DRAIN_SECONDS = 0.25
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
        self._clients: PerLoop[AsyncOpenAI] = PerLoop(self._client)
        self._dialect = Dialect()
        if self.place.host == OPENAI_HOST:  # its models think before they talk; a chat can't wait for much of that
            effort = "low" if model.startswith(("gpt-5", "gpt-6", "o")) else ""
            self._dialect = Dialect(limit="max_completion_tokens", effort=effort)

    def __repr__(self) -> str:
        return f"<{self.place.model} at {self.place.address}>"

    async def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        """Yield the answer piece by piece; one piece holds what one network read brought."""
        if "openai" not in sys.modules:  # half a second that nobody else in this loop should wait for
            await asyncio.to_thread(import_module, "openai")
        import httpx2
        import openai

        try:
            async with AsyncExitStack() as stack:
                response = await self._open(request, stack)
                async for piece in self._read(response, usage):
                    yield piece
        except openai.APIStatusError as error:
            raise await self._refused(error) from None  # the chain would show the request
        except openai.APIConnectionError as error:
            raise failures.unreachable(self.place, error) from None
        except httpx2.HTTPError:
            raise failures.cut(self.place) from None
        except openai.OpenAIError as error:
            raise ModelRefused(f"{self.place.host}: {self.place.clean(str(error))}") from None

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        if (client := self._clients.pop()) is not None:
            await client.close()

    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        # Silence is the gateway's business. A redirect could carry the conversation to another host.
        http = DefaultAsyncHttpxClient(timeout=Timeout(None, connect=CONNECT_SECONDS), follow_redirects=False)
        client = AsyncOpenAI(
            base_url=self.place.address, api_key=self.place.key or "none", max_retries=0, http_client=http
        )
        if self.place.host != OPENAI_HOST:  # the SDK takes these from the environment, for whatever host
            client.organization = client.project = None
        return client

    async def _open(self, request: ModelRequest, stack: AsyncExitStack) -> "AsyncAPIResponse[Any]":
        from openai import BadRequestError, UnprocessableEntityError

        create = self._clients.get().chat.completions.with_streaming_response.create
        messages: Any = [{"role": message.role, "content": message.content} for message in request.messages]
        dialect = self._dialect
        while True:
            body = dialect.body(request.max_output_tokens)
            try:
                response = await stack.enter_async_context(
                    create(model=self.place.model, messages=messages, stream=True, extra_body=body)
                )
            except (BadRequestError, UnprocessableEntityError) as error:
                other = dialect.after(error.response.text)
                if other is None:
                    raise
                dialect = other
            else:
                self._dialect = dialect
                return response

    async def _read(self, response: "AsyncAPIResponse[Any]", usage: ModelUsage) -> AsyncIterator[str]:
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/html"):
            raise failures.no_endpoint(self.place)
        parser = StreamParser(usage)
        if kind.startswith("application/json"):  # a server that does not stream
            yield parser.whole(await response.read())
        else:
            chunks = response.iter_bytes()
            async for data in chunks:
                yield parser.feed(data)
                if parser.done or parser.broken:
                    break
            yield parser.end()
            if parser.done:
                await self._drain(chunks)
        self._judge(parser, usage)

    async def _drain(self, chunks: AsyncIterator[bytes]) -> None:
        """Read the end of the response, so that its connection can be used again."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                async for _ in chunks:
                    pass
        except TimeoutError:
            pass  # the answer is whole; only the connection is not kept

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

    async def _refused(self, error: "APIStatusError") -> ModelError:
        refusal = failures.refused(self.place, error.status_code, error.response.text, error.response.headers)
        if isinstance(refusal, failures.NoSuchModel):
            offered = await discovery.ask("openai", self.place.address, self.place.key)
            return failures.no_model(self.place, offered or ())
        return refusal
