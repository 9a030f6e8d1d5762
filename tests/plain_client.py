"""A client that knows nothing but the contract: HTTP with a token, and the JSON socket."""

import asyncio
import json
from collections.abc import Callable
from ssl import SSLContext
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


class PlainClient:
    """Talks to one installation as one user."""

    def __init__(self, url: str, token: str, ssl: SSLContext | None = None) -> None:
        self.url, self.ssl = url, ssl
        self.headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=f"{url}/api/v1", headers=self.headers, timeout=15, verify=ssl or True)

    def __enter__(self) -> "PlainClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def start(self, entity: str = "ottilie") -> str:
        """Start a conversation and return its id."""
        answer = self.http.post("/conversations", json={"entity": entity}).raise_for_status()
        return str(answer.json()["id"])

    def say(self, conversation: str, text: str, client_message_id: str = "") -> Frame:
        """Send a message and return its acknowledgement."""
        body = {"text": text, **({"client_message_id": client_message_id} if client_message_id else {})}
        answer = self.http.post(f"/conversations/{conversation}/messages", json=body)
        assert answer.status_code == 202, answer.text
        acknowledged: Frame = answer.json()
        return acknowledged

    def events(self, conversation: str, after: int = 0) -> list[Frame]:
        """Return the log after `after`, page by page."""
        found: list[Frame] = []
        while True:
            page = self.http.get(f"/conversations/{conversation}/events", params={"after": after, "limit": 200})
            body = page.raise_for_status().json()
            found += body["items"]
            if body["next"] is None:
                return found
            after = found[-1]["seq"]

    def socket(self, conversation: str, after: int = 0, form: str = "json") -> "connect":
        """Return the conversation's socket, to be entered."""
        url = f"{self.url.replace('http', 'ws', 1)}/ws/conversations/{conversation}/?after={after}&format={form}"
        return connect(url, additional_headers=self.headers, open_timeout=15, ssl=self.ssl)

    async def follow(
        self, conversation: str, until: Callable[[Frame], bool], after: int = 0, within: float = 60
    ) -> list[Frame]:
        """Return all frames up to the first that `until` likes, coming back after every cut."""
        seen: list[Frame] = []
        async with asyncio.timeout(within):
            while True:
                try:
                    async with self.socket(conversation, after) as socket:
                        async for frame in frames(socket):
                            seen.append(frame)
                            after = frame.get("seq") or after
                            if until(frame):
                                return seen
                except (OSError, ConnectionClosed, TimeoutError):
                    await asyncio.sleep(0.3)


async def frames(socket: ClientConnection) -> Any:
    """Yield a socket's frames, parsed."""
    async for text in socket:
        yield json.loads(text)


def is_finished(frame: Frame) -> bool:
    """Whether the frame ends a run."""
    return frame.get("kind") == "run.finished"
