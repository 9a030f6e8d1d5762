"""An archive that was not made by `backup`, or has suffered since, is refused before anything is done with it."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from interactions.backup import archive
from interactions.backup.errors import BackupError
from interactions.backup.manifest import Manifest

Change = Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """An archive of a database and two files."""
    (tmp_path / "dump").write_bytes(b"the database" * 1000)
    (tmp_path / "file").write_bytes(b"a picture" * 1000)
    path = tmp_path / "whole.tar.zst"
    with archive.writing(path) as writer:
        writer.add("database", tmp_path / "dump")
        writer.add("data/secret.key", tmp_path / "file")
        writer.add("data/uploads/a/1.png", tmp_path / "file")
        writer.close(Manifest(version="0", database="sqlite", migrations=(), secret="", members=writer.members))
    return path


def changed(path: Path, change: Change) -> Path:
    """Write the archive anew with other members."""
    with path.open("rb") as packed, tarfile.open(fileobj=zstandard.open(packed), mode="r|") as tar:
        members = [(info, file.read() if (file := tar.extractfile(info)) else b"") for info in tar]
    change(members)
    new = path.with_name("changed.tar.zst")
    with zstandard.open(new, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return new


def refused(path: Path, tmp_path: Path, says: str) -> None:
    """Unpacking must fail with these words, and put nothing outside its folder."""
    folder = tmp_path / "deep" / "stage"
    folder.mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(BackupError, match=says):
        archive.unpack(path, folder)
    assert {new for new in set(tmp_path.rglob("*")) - before if not new.is_relative_to(folder)} == set()


def test_what_is_whole_is_unpacked(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "stage"
    folder.mkdir()
    found = archive.unpack(whole, folder)
    assert set(found.members) == {"database", "data/secret.key", "data/uploads/a/1.png"}
    assert (folder / "data/uploads/a/1.png").read_bytes() == b"a picture" * 1000
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_dir()} == {0o700}
    assert whole.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name",
    [
        "../stolen", "data/../../stolen", "/stolen", "data/./x", "data//x", "data/..", "data", "elsewhere/x",
        "data\\..\\x", "data/up.lock", "data/memos.sqlite3", "data/static/x.js", "data/.hidden",
        "data/before-restore-1/x", "",
    ],
)  # fmt: skip
def test_a_member_that_has_no_place_there(whole: Path, tmp_path: Path, name: str) -> None:
    refused(changed(whole, lambda m: m.insert(1, (tarfile.TarInfo(name), b"x"))), tmp_path, "no place|damaged")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices(whole: Path, tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("data/uploads/link")
    info.type, info.linkname = kind, "/etc/passwd"
    refused(changed(whole, lambda m: m.insert(1, (info, b""))), tmp_path, "no plain file")


def test_a_member_twice(whole: Path, tmp_path: Path) -> None:
    refused(changed(whole, lambda m: m.insert(1, m[1])), tmp_path, "holds .* twice")


def test_a_changed_byte(whole: Path, tmp_path: Path) -> None:
    def flip(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[2] = (members[2][0], b"A" + members[2][1][1:])

    refused(changed(whole, flip), tmp_path, "data/uploads/a/1.png is not what the manifest says")


def test_a_member_too_few_and_one_too_many(whole: Path, tmp_path: Path) -> None:
    refused(changed(whole, lambda m: m.pop(1) and None), tmp_path / "few", "secret.key is not what the manifest says")
    extra = (tarfile.TarInfo("data/uploads/b"), b"x")
    refused(changed(whole, lambda m: m.insert(1, extra)), tmp_path / "many", "uploads/b is not what the manifest says")


def test_without_a_database(tmp_path: Path) -> None:
    path = tmp_path / "none.tar.zst"
    with archive.writing(path) as writer:
        writer.close(Manifest(version="0", database="sqlite", migrations=(), secret="", members={}))
    refused(path, tmp_path, "no database")


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_cut_off(whole: Path, tmp_path: Path, part: float) -> None:
    content = whole.read_bytes()
    whole.write_bytes(content[: int(len(content) * part)])
    refused(whole, tmp_path, "damaged|no manifest|is not what")


def test_no_archive_at_all(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Noor, " * 100)
    refused(path, tmp_path, "damaged, or no backup")
    refused(tmp_path / "nowhere", tmp_path / "again", "cannot be unpacked")


def test_a_manifest_of_a_newer_format(whole: Path, tmp_path: Path) -> None:
    def renumber(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[-1] = (members[-1][0], members[-1][1].replace(b'"format": 1', b'"format": 2'))

    refused(changed(whole, renumber), tmp_path, r"manifest cannot be read \(format\)")


def test_nothing_is_left_of_an_archive_that_fails(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space"), archive.writing(tmp_path / "x.tar.zst"):
        raise OSError("No space left on device")
    assert list(tmp_path.iterdir()) == []
