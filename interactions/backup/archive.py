"""The archive: a tar file, compressed with Zstandard. Written whole or not at all; read with suspicion."""

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

import zstandard
from pydantic import ValidationError
from typing_extensions import Buffer

from interactions.backup import contents, manifest
from interactions.backup.errors import BackupError
from interactions.backup.manifest import Manifest, Member

DATABASE: Final = "database"
DATA: Final = "data"
LARGEST_MANIFEST: Final = 16_000_000
# Bytes that unpacking leaves free on the disk.
SPARE: Final = 100_000_000
WINDOW: Final = 2**27


class Hashed(io.RawIOBase):
    """Reads a file, or writes one, and adds up what passes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.hash, self.size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the file."""
        return self._seen(self.file.read(size))

    def write(self, data: Buffer) -> int:
        """Append to the file."""
        return self.file.write(self._seen(bytes(data)))

    @property
    def member(self) -> Member:
        """What the manifest says of it."""
        return Member(size=self.size, sha256=self.hash.hexdigest())

    def _seen(self, data: bytes) -> bytes:
        self.hash.update(data)
        self.size += len(data)
        return data


class Writer:
    """An archive that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> None:
        """Add the file `path` as `name`. A file that is gone by now is left out; raises `OSError` for one cut short."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            hashed = Hashed(file)
            self._put(name, os.fstat(file.fileno()).st_size, hashed)
        self.members[name] = hashed.member

    def close(self, what: Manifest) -> None:
        """Add the manifest, last."""
        text = what.model_dump_json(indent=1).encode()
        self._put(manifest.NAME, len(text), io.BytesIO(text))

    def _put(self, name: str, size: int, file: IO[bytes] | Hashed) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, file)


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Write an archive beside `path`, which it becomes when it is whole and on the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".half", dir=path.parent)  # 0600
    half = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            packed = zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False)
            with packed, tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
        sync_folder(path.parent)
    finally:
        half.unlink(missing_ok=True)


def unpack(archive: Path, folder: Path) -> Manifest:
    """Unpack into `folder`: the dump as `database`, the data folder as `data`. Raises `BackupError` for what is
    damaged, is no backup, or would land anywhere else."""
    try:
        with archive.open("rb") as file:
            reader = zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(file)
            with reader, tarfile.open(fileobj=reader, mode="r|") as tar:
                what, found = _unpack(tar, folder)
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise BackupError(f"{archive} is damaged, or no backup of MemOS ({error}).") from error
    except OSError as error:
        raise BackupError(f"{archive} cannot be unpacked: {error}.") from error
    if what is None:
        raise BackupError(f"{archive} has no manifest: it was cut off, or is no backup of MemOS.")
    wrong = sorted(name for name in {*found, *what.members} if found.get(name) != what.members.get(name))
    if wrong:
        raise BackupError(f"{archive} is damaged: {wrong[0]} is not what the manifest says.")
    if DATABASE not in found:
        raise BackupError(f"{archive} holds no database.")
    return what


def _unpack(tar: tarfile.TarFile, folder: Path) -> tuple[Manifest | None, dict[str, Member]]:
    found: dict[str, Member] = {}
    for info in tar:
        source = tar.extractfile(info) if info.isreg() and not info.issparse() else None
        if source is None:
            raise BackupError(f"The archive holds {info.name!r}, which is no plain file.")
        if info.name == manifest.NAME:
            return _manifest(source), found
        if info.name in found:
            raise BackupError(f"The archive holds {info.name!r} twice.")
        inside = _safe(info.name)
        for parent in reversed(inside.parents):
            (folder / parent).mkdir(mode=0o700, exist_ok=True)
        path = folder / inside
        if info.size > shutil.disk_usage(folder).free - SPARE:
            raise BackupError(f"There is no room on the disk to unpack {info.name} ({info.size:,} bytes).")
        with open(path, "xb", opener=_private) as file:
            hashed = Hashed(file)
            shutil.copyfileobj(source, hashed)
            file.flush()
            os.fsync(file.fileno())
        found[info.name] = hashed.member
    return None, found


def _manifest(source: IO[bytes]) -> Manifest:
    text = source.read(LARGEST_MANIFEST)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        places = {".".join(map(str, problem["loc"])) for problem in error.errors()}
        raise BackupError(
            f"The manifest cannot be read ({', '.join(sorted(places)) or 'no JSON'}): "
            "the archive was made by a newer MemOS, or is none of its backups."
        ) from error


def _safe(name: str) -> PurePosixPath:
    """Return the path, which leads nowhere but to a place of a backup. Raises `BackupError`."""
    path = PurePosixPath(name)
    is_plain = str(path) == name and not {"\\", "\0"} & set(name) and ".." not in path.parts and not path.is_absolute()
    inside = path.relative_to(DATA) if is_plain and path.parts[:1] == (DATA,) else None
    if name == DATABASE or (inside is not None and contents.is_kept(inside)):
        return path
    raise BackupError(f"The archive holds {name!r}, which has no place in a backup.")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Have what was made and renamed in `folder` written to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
