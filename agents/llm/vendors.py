"""Anthropic and Google, through pydantic-ai and the vendors' own SDKs; imported when first used, for they are heavy."""

import asyncio
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from agents.errors import ModelError, ModelRefused
from agents.llm import discovery, failures
from agents.llm.base import ChatMessage, ModelRequest, ModelUsage
from agents.llm.failures import Place
from agents.llm.per_loop import PerLoop

if TYPE_CHECKING:
    from httpx2 import AsyncClient
    from pydantic_ai.exceptions import ModelAPIError
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models import Model

Vendor = Literal["anthropic", "google"]

CONNECT_SECONDS = 10.0


class VendorModel:
    """A model of Anthropic or Google. `base_url` is the vendor's, or that of a proxy that speaks its protocol."""

    def __init__(self, vendor: Vendor, base_url: str, api_key: str, model: str) -> None:
        self.name = model
        self.vendor: Vendor = vendor
        self.place = Place(base_url.rstrip("/"), model, api_key)
        self._models: PerLoop[tuple[Model, AsyncClient]] = PerLoop(self._model)

    def __repr__(self) -> str:
        return f"<{self.place.model} at {self.place.address}>"

    async def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        """Yield the answer piece by piece."""
        for heavy in ("pydantic_ai.direct", f"pydantic_ai.models.{self.vendor}"):
            if heavy not in sys.modules:  # seconds of work that nobody else in this loop should wait for
                await asyncio.to_thread(import_module, heavy)
        import httpx2
        from pydantic_ai.direct import model_request_stream
        from pydantic_ai.exceptions import AgentRunError, ModelAPIError, UserError
        from pydantic_ai.settings import ModelSettings

        options = ModelSettings(max_tokens=request.max_output_tokens)
        try:
            messages = to_vendor(request.messages)
            async with model_request_stream(self._models.get()[0], messages, model_settings=options) as answer:
                try:
                    async for event in answer:
                        yield _text_of(event)
                finally:
                    usage.input_tokens = answer.usage.input_tokens
                    usage.output_tokens = answer.usage.output_tokens
                    usage.finish = answer.finish_reason or ""
        except ModelAPIError as error:
            raise await self._named(error) from None  # the chain would show the request
        except httpx2.HTTPError:
            raise failures.cut(self.place) from None
        except (AgentRunError, UserError) as error:  # what the SDK could make no sense of
            raise ModelRefused(f"{self.place.host}: {self.place.clean(str(error))}") from None

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        if (made := self._models.pop()) is not None:
            await made[1].aclose()

    def _model(self) -> "tuple[Model, AsyncClient]":
        import httpx2

        # Silence and retries are the gateway's business. A redirect could carry the conversation elsewhere.
        http = httpx2.AsyncClient(timeout=httpx2.Timeout(3600, connect=CONNECT_SECONDS), follow_redirects=False)
        if self.vendor == "anthropic":
            from anthropic import AsyncAnthropic
            from pydantic_ai.models.anthropic import AnthropicModel
            from pydantic_ai.providers.anthropic import AnthropicProvider

            client = AsyncAnthropic(
                api_key=self.place.key or "none", base_url=self.place.address, max_retries=0, http_client=http
            )
            return AnthropicModel(self.place.model, provider=AnthropicProvider(anthropic_client=client)), http
        from google.genai.types import HttpRetryOptions
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        provider = GoogleProvider(
            api_key=self.place.key or "none",
            base_url=self.place.address,
            http_client=http,
            retry_options=HttpRetryOptions(attempts=1),
        )
        return GoogleModel(self.place.model, provider=provider), http

    async def _named(self, error: "ModelAPIError") -> ModelError:
        from pydantic_ai.exceptions import ModelConnectionError, ModelHTTPError, ModelQuotaExceededError

        if isinstance(error, ModelConnectionError) and error.phase == "read":
            return failures.cut(self.place)
        if not isinstance(error, ModelHTTPError):
            return failures.unreachable(self.place, error)
        status = 402 if isinstance(error, ModelQuotaExceededError) else error.status_code
        refusal = failures.refused(self.place, status, error.body, error.headers or {})
        refusal.retry_after = error.retry_after
        if isinstance(refusal, failures.NoSuchModel):
            offered = await discovery.ask(self.vendor, self.place.address, self.place.key)
            return failures.no_model(self.place, offered or ())
        return refusal


def to_vendor(messages: tuple[ChatMessage, ...]) -> "list[ModelMessage]":
    """Return `messages` in pydantic-ai's terms."""
    from pydantic_ai.messages import ModelRequest as Asked
    from pydantic_ai.messages import ModelResponse, SystemPromptPart, TextPart, UserPromptPart

    made: list[ModelMessage] = []
    for message in messages:
        if message.role == "assistant":
            made.append(ModelResponse(parts=[TextPart(message.content)]))
        elif message.role == "system":
            made.append(Asked(parts=[SystemPromptPart(message.content)]))
        else:
            made.append(Asked(parts=[UserPromptPart(message.content)]))
    return made


def _text_of(event: object) -> str:
    """Return the text in an event of the stream; "" for the others, thoughts among them."""
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
    return ""
