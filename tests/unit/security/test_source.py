"""What our source never does: user data is no template, format string, SQL or command, and HTTP goes out by one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.unit.security.test_frame import sources

HTTP = {"httpx", "httpx2", "requests", "aiohttp", "urllib3", "http.client", "urllib.request", "websockets"}
SDKS = {"openai", "anthropic", "google.genai", "pydantic_ai"}
MODEL_CLIENTS = {"discovery.py", "openai_compatible.py", "vendors.py"}
# Their argument is HTML that was escaped or cleaned just before.
SAFE_MAKERS = {"markdown.py", "rendering.py", "redaction.py"}
STARTS_PROCESSES = (
    "memos_site/supervisor/",
    "interactions/management/commands/up.py",
    "interactions/backup/",  # pg_dump, pg_restore and psql, and manage.py itself, for an operator at the command line
)


def nodes(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in sources(*folders):
        for node in ast.walk(ast.parse(path.read_text())):
            yield path, node


def called(node: ast.AST) -> str:
    """The name of what is called, "" for what is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return set()


def test_http_goes_out_to_model_servers_alone() -> None:
    for path, node in nodes("agents", "interactions"):
        wired = {
            name for name in imported(node) if any(name == each or name.startswith(f"{each}.") for each in HTTP | SDKS)
        }
        assert not wired or path.name in MODEL_CLIENTS, (path, wired)


def test_no_redirect_is_followed() -> None:
    for path, node in nodes("agents", "interactions", "memos_site"):
        if isinstance(node, ast.keyword) and node.arg in ("follow_redirects", "allow_redirects"):
            assert isinstance(node.value, ast.Constant) and node.value.value is False, path
        if called(node) == "DefaultAsyncHttpxClient":  # the SDK's own default is to follow
            assert isinstance(node, ast.Call) and "follow_redirects" in {word.arg for word in node.keywords}, path


def test_no_text_becomes_a_template_or_a_format_string() -> None:
    for path, node in nodes("agents", "interactions", "memos_site"):
        assert called(node) not in {"Template", "from_string", "format_map", "vformat"}, path
        if called(node) == "format" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            pattern = node.func.value
            is_ours = isinstance(pattern, ast.Constant) or (isinstance(pattern, ast.Name) and pattern.id.isupper())
            assert is_ours, f"{path}:{node.lineno}"
        if called(node) == "mark_safe":
            assert path.name in SAFE_MAKERS, path


def test_no_raw_sql_is_put_together_from_values() -> None:
    for path, node in nodes("agents", "interactions", "memos_site"):
        assert called(node) not in {"RawSQL", "raw", "extra"}, path


def test_processes_are_started_by_the_supervisor_and_for_backups_alone() -> None:
    for path, node in nodes("agents", "interactions", "memos_site"):
        if imported(node) & {"subprocess", "pty", "multiprocessing"} or called(node) in {"system", "popen", "execv"}:
            assert any(place in path.as_posix() for place in STARTS_PROCESSES), path
