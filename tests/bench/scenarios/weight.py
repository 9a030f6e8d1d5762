"""What the chat page weighs, as a browser loads it for the first time."""

import httpx

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.weight import parts


def measure(bench: Bench) -> list[Figure]:
    """Return the compressed kilobytes of the chat page of a talk with fifty messages, and of its markup alone."""
    bench.answer([f"word{number} " for number in range(40)])
    chat = bench.memos.chats("api", "inline", 1)
    arguments = {"dialect": "api", "last_token": bench.last_token, "port": bench.memos.port, "within": 60}
    bench.client.call("talk", chats=chat, messages=50, spread=0, **arguments)
    pk = chat[0]["post"].split("/")[4]
    page = f"{bench.memos.stack.url}/c/{pk}/"
    with httpx.Client(headers={**bench.memos.cookies, "Accept-Encoding": "gzip"}, timeout=30) as http:
        markup = http.get(page, headers={"Accept": "text/html"}).raise_for_status()
        sizes = [http.get(address).raise_for_status().num_bytes_downloaded for address in parts(markup.text, page)]
    total = (markup.num_bytes_downloaded + sum(sizes)) / 1000
    return [
        Figure("weight", "chat page, kB compressed", (total,), (150.0,)),
        Figure("weight", "  its markup", (markup.num_bytes_downloaded / 1000,)),
    ]
