"""What must hold before anything is started: a data folder of our own, a free port."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from memos_site.supervisor.errors import StartError


def claim(folder: Path) -> IO[str]:
    """Make the data folder where it is missing and lock it; it is ours until the returned file is closed.

    Raises `StartError` when it cannot be written or when another supervisor has it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "up.lock").open("a+")
    except OSError as error:
        raise StartError(
            f"The data folder {folder} cannot be written ({error.strerror}). "
            "Make it writable, or set MEMOS_DATA_DIR to another folder."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        other = lock.read().strip() or "unknown"
        lock.close()
        raise StartError(
            f"MemOS runs on {folder} already (process {other}). "
            "Stop that one, or set MEMOS_DATA_DIR to another folder and MEMOS_PORT to another port."
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens already: nobody can take the port, and while the web server starts, callers wait.

    Raises `StartError` when the port is taken or the address is not this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        raise StartError(_no_port(host, port, error)) from error
    return listener


def _no_port(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Stop that one, "
            f"or choose another port: MEMOS_PORT={port + 1 if port < 65535 else 8000}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system. Choose one above 1023: MEMOS_PORT=8000."
    return f"MemOS cannot listen on {host}:{port} ({error.strerror}). Check MEMOS_HOST and MEMOS_PORT."
