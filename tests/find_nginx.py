"""Finds an nginx for the tests. `python -m tests.find_nginx` gets one if need be, without starting it as a service."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests import package_manager

ROOT: Final = Path(__file__).resolve().parent.parent
OWN: Final = ROOT / "build" / "nginx"


def find() -> str | None:
    """Return the program: of the PATH (where it is not for root alone, too), or the one that `main` unpacked."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"))
    unpacked = OWN / "usr" / "sbin" / "nginx"
    return shutil.which("nginx", path=path) or (str(unpacked) if os.access(unpacked, os.X_OK) else None)


def unpack() -> None:
    """Fetch Debian's package and unpack it: installed, it would be a service that takes port 80.

    Raises `subprocess.CalledProcessError`.
    """
    OWN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "nginx"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        (package,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg", "-x", package, OWN], check=True)


def main() -> int:
    """Make sure that there is one, if that can be; the tests that need it are skipped otherwise."""
    if find():
        return 0
    sys.stderr.write("Getting nginx for the tests of a deployment.\n")
    try:
        if shutil.which("apt-get"):
            unpack()
        else:
            package_manager.install("nginx")
    except (subprocess.CalledProcessError, LookupError) as error:
        sys.stderr.write(f"That did not work ({error}). Install nginx, or go without those tests.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
