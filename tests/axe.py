"""axe-core on a page: what keeps people from using it who see, hear or move otherwise."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

# What axe calls these keeps somebody from doing something; "moderate" and "minor" are advice.
GRAVE = ("serious", "critical")
# The rules whose answer hangs on colours, not on the width.
COLOURS = ("color-contrast", "link-in-text-block")
_RUN = """async ([grave, within, only, but]) => {
  const options = { resultTypes: ["violations"] };
  if (only.length) options.runOnly = only;
  options.rules = Object.fromEntries(but.map((rule) => [rule, { enabled: false }]));
  const found = await axe.run(within, options);
  const words = (rule, node) => [rule, node.target.join(" "), ...node.failureSummary.split("\\n").slice(1)].join(": ");
  return found.violations
    .filter((each) => grave.includes(each.impact))
    .flatMap((each) => each.nodes.map((node) => words(each.id, node)));
}"""
# Whatever moves has arrived, as for somebody who wants little motion.
_SETTLE = "() => { for (const each of document.getAnimations()) try { each.finish() } catch { each.cancel() } }"


def grave(page: Page, within: str = "html", *, only: Sequence[str] = (), but: Sequence[str] = ()) -> list[str]:
    """Return what is seriously or critically wrong inside of the element `within` of `page`, as it stands now: the
    rule, the element, and what to do. Asked are all rules, or `only` some, or all `but` some."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_engine())
    page.evaluate(_SETTLE)
    found: list[Any] = page.evaluate(_RUN, [list(GRAVE), within, list(only), list(but)])
    return [str(each) for each in found]


@cache
def _engine() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
