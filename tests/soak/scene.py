"""Where a soak takes place: the installation, its model server, its database server."""

from dataclasses import dataclass

from tests.faults.crashing_postgres import CrashingPostgres
from tests.proxy import Proxy
from tests.stub_model import StubModel
from tests.system import Part, System


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a fault can be done to."""

    system: System
    model: StubModel
    postgres: CrashingPostgres | None

    def worker(self, choice: int) -> Part:
        """Return one of the workers."""
        return self.system.workers[choice % len(self.system.workers)]

    def database(self, choice: int) -> Proxy:
        """Return the web server's or the workers' way to the database."""
        return (self.system.web_to_database, self.system.worker_to_database)[choice % 2]

    def spoil(self, proxy: Proxy, choice: int) -> None:
        """Make a way bad in one of four manners."""
        ways = (proxy.cut, proxy.refuse, proxy.black_hole, lambda: proxy.lag(0.2))
        ways[choice % 4]()


MAKE_PEOPLE = """
import json
from django.contrib.auth.models import User
from agents import samples
from interactions.models import ApiToken
people = [User.objects.create_user("person%d" % n) for n in range({count})]
for person in people:
    samples.seed(person)
print(json.dumps([ApiToken.make(person, "soak")[1] for person in people]))
"""
