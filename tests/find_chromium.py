"""Finds a Chromium for the tests. `python -m tests.find_chromium` has the package manager install one if need be."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests import package_manager

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES: Final = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/usr/lib/chromium/chromium")
ADVICE: Final = "Install Chromium or Google Chrome, so that `chromium` is on the PATH, or set CHROMIUM to its program."


def find() -> str | None:
    """Return the program of a Chromium: `$CHROMIUM`, one on the PATH, or Playwright's own; None when there is none."""
    return next((place for place in _places() if place and os.access(place, os.X_OK)), None)


def main() -> int:
    """Make sure that there is one. Return the exit code: 0, or 1 when there is none and none can be installed."""
    if find():
        return 0
    sys.stderr.write("Installing Chromium for the browser tests.\n")
    try:
        package_manager.install("chromium")
    except (subprocess.CalledProcessError, LookupError) as error:
        sys.stderr.write(f"That did not work ({error}). {ADVICE}\n")
        return 1
    return 0 if find() else 1


def _places() -> Iterator[str | None]:
    yield os.environ.get("CHROMIUM")
    yield from map(shutil.which, NAMES)
    yield from PLACES
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    yield from sorted(map(str, cache.glob("chromium-*/chrome-linux*/chrome")), reverse=True)


if __name__ == "__main__":
    sys.exit(main())
