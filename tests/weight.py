"""What a page weighs on the wire: its markup and every style, script and picture that it names, as they are served."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

NAMED = re.compile(r'<(?:link|script|img|image)\b[^>]*?\b(?:href|src)="([^"]+)"|<use href="([^"#]+)')


def parts(html: str, url: str) -> Iterator[str]:
    """Yield the address of each file that the page `html` at `url` loads, once."""
    named = [urljoin(url, first or second) for first, second in NAMED.findall(html)]
    yield from dict.fromkeys(address for address in named if not address.startswith("data:"))
