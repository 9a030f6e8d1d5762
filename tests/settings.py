"""The settings of the tests: the product's own, with a data folder of each test process, quick password hashes, and a
database that need not outlive a power cut. MemOS in processes of its own runs with the product's settings.
"""

import os
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
_build = Path(__file__).resolve().parent.parent / "build"
os.environ.setdefault("MEMOS_DATA_DIR", str(_build / "test-data"))
os.environ["MEMOS_DATA_DIR"] += f"-{_worker}"
os.environ["MEMOS_TESTING"] = "true"
os.environ.setdefault("MEMOS_MODEL", "offline")
os.environ.setdefault("MEMOS_OFFLINE_PACE", "0")

from memos_site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if "init_command" in (_options := DATABASES["default"]["OPTIONS"]):  # noqa: F405
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  (WhiteNoise warns of a folder that is not there)
