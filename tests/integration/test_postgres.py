"""What is particular to PostgreSQL: how a connection is watched. Runs where the suite runs on PostgreSQL."""

import os
import shutil
import socket
import subprocess
import sys

import pytest
from django.db import OperationalError, close_old_connections, connection, transaction

from interactions import installation

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="this is the run on SQLite"),
    pytest.mark.django_db(transaction=True),
]


def show(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def test_nothing_waits_for_ever() -> None:
    assert (show("statement_timeout"), show("lock_timeout")) == ("30s", "20s")
    assert show("idle_in_transaction_session_timeout") == "1min"
    assert show("application_name") == "memos"


def test_a_server_that_is_cut_off_is_noticed_by_the_kernel() -> None:
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.pgconn.socket)) as line:
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000


def test_a_statement_that_takes_too_long_ends_as_an_error() -> None:
    with (
        pytest.raises(OperationalError, match="statement timeout"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL statement_timeout = '50ms'")
        cursor.execute("SELECT pg_sleep(5)")


def test_migrations_may_take_their_time() -> None:
    try:
        installation.take_time()
        assert show("statement_timeout") == "0"
    finally:
        connection.close()
    assert show("statement_timeout") == "30s"


def test_a_connection_that_the_server_ended_costs_no_request() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [mine])
    finally:
        other.close()
    close_old_connections()  # as at the beginning of a request, and before each piece of a worker's work
    assert show("application_name") == "memos"


@pytest.mark.skipif(not (shutil.which("unshare") and shutil.which("ip")), reason="there is no unshare, or no ip")
def test_a_database_whose_network_is_gone_is_an_error_in_time() -> None:
    in_a_network_of_its_own = ("unshare", "-n", sys.executable, "-m", "tests.cut_off_database")
    done = subprocess.run(in_a_network_of_its_own, capture_output=True, text=True, timeout=60, check=False)
    if "Operation not permitted" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("a network of its own takes rights that are not there")
    assert done.returncode == 0, done.stdout + done.stderr
    seconds, error = done.stdout.split(maxsplit=1)
    assert float(seconds) < 22 and "timed out" in error
