"""Static files of a new version beside those of the one before."""

from pathlib import Path
from typing import Any

from interactions import installation


def test_files_of_the_version_before_stay(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = tmp_path, False
    old = tmp_path / "css" / "old.0123456789ab.css"
    old.parent.mkdir()
    old.write_text("open pages ask for it")
    installation.collect_static()
    assert old.exists()
    assert len(list(tmp_path.rglob("*.css"))) > 5
