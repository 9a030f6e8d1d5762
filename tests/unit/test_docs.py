"""The documents say what is there."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import AliasChoices

from agents.events import Event
from memos_site.env import BASE_DIR, Env

ONLY_FOR_TESTS = {"MEMOS_FAILPOINT", "MEMOS_TESTING"}
DOCUMENTS = [BASE_DIR / "README.md", BASE_DIR / "CONTRIBUTING.md", *sorted((BASE_DIR / "docs").rglob("*.md"))]


def variables() -> set[str]:
    names: set[str] = set()
    for field, info in Env.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {str(choice) for choice in alias.choices}
        else:
            names.add(str(alias) if alias else f"MEMOS_{field.upper()}")
    return names - ONLY_FOR_TESTS


def test_the_readme_names_every_variable_and_no_other() -> None:
    text = (BASE_DIR / "README.md").read_text()
    known = variables()
    assert {name for name in known if f"`{name}" not in text} == set()
    mentioned = set(re.findall(r"\bMEMOS_[A-Z_]+", text))
    assert mentioned - known == set()


def test_the_readme_gives_the_defaults_that_hold() -> None:
    rows = dict(re.findall(r"^\| `(MEMOS_\w+)` \| `([^`]*)` \|", (BASE_DIR / "README.md").read_text(), re.MULTILINE))
    for field, info in Env.model_fields.items():
        default = rows.get(f"MEMOS_{field.upper()}")
        if default is not None and field != "data_dir":
            assert default == str(info.default).removesuffix(".0").replace("False", "false"), field


def test_every_kind_of_event_is_documented() -> None:
    text = (BASE_DIR / "docs" / "architecture.md").read_text()
    union, _discriminator = get_args(Event)
    kinds = {event.model_fields["kind"].default for event in get_args(union)}
    assert {kind for kind in kinds if f"`{kind}`" not in text} == set()


def test_every_direct_dependency_has_its_reason() -> None:
    text = (BASE_DIR / "docs" / "decisions" / "0002-dependencies.md").read_text().lower()
    lines = [
        line for name in ("base", "dev") for line in (BASE_DIR / "requirements" / f"{name}.in").read_text().split("\n")
    ]
    names = {match[0] for line in lines if (match := re.match(r"[a-z0-9-]{2,}", line)) and not line.startswith("-r")}
    assert {name for name in names if name not in text} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert missing in ([], ["docs/images/chat.png"]), "the screenshot is made by a command"
