"""Has the machine's package manager install a program that the tests need."""

import os
import shutil
import subprocess
from typing import Final

MANAGERS: Final = {
    "apt-get": ("apt-get update -qq", "apt-get install -y -qq --no-install-recommends {}"),
    "dnf": ("dnf install -y -q {}",),
    "pacman": ("pacman -Sy --noconfirm {}",),
    "zypper": ("zypper -n -q install {}",),
    "apk": ("apk add -q {}",),
}


def install(package: str) -> None:
    """Install the package. Raises `subprocess.CalledProcessError`, and `LookupError` where that cannot be tried."""
    manager = next(filter(shutil.which, MANAGERS), None)
    if manager is None:
        raise LookupError("no package manager")
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and not shutil.which("sudo"):
        raise LookupError("not root, and no sudo")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in MANAGERS[manager]:
        words = command.format(package).split()
        subprocess.run([*root, *words], check=True, env=environ, stdout=subprocess.DEVNULL)
