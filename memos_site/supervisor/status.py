"""`processes.json` in the data folder: which processes run now, for people and for tests."""

import json
import re
from pathlib import Path


class Status:
    """The file's content; written anew, whole, at each change."""

    def __init__(self, folder: Path, url: str, redis_url: str, supervisor: int) -> None:
        self.path = folder / "processes.json"
        self.url = url
        self.redis_url = re.sub(r"(?<=:)[^:/@]+(?=@)", "…", redis_url)  # the file is read to others, too
        self.is_ready = False
        self.processes = {"supervisor": supervisor}

    def started(self, name: str, pid: int) -> None:
        """Note that `name` runs as `pid`."""
        self.processes[name] = pid
        self.write()

    def ended(self, name: str, pid: int) -> None:
        """Note that `name` does not run."""
        if self.processes.get(name) == pid:
            del self.processes[name]
        self.write()

    def write(self) -> None:
        """Write the file. A full disk or a removed folder does not stop what runs."""
        content = {"is_ready": self.is_ready, "url": self.url, "redis": self.redis_url, "processes": self.processes}
        new = self.path.with_suffix(".new")
        try:
            new.touch(mode=0o600)
            new.write_text(json.dumps(content, indent=1) + "\n")
            new.replace(self.path)
        except OSError:
            return

    def remove(self) -> None:
        """Nothing runs any more."""
        self.path.unlink(missing_ok=True)
