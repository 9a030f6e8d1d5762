"""A database for a stack of real processes, of the kind on which the whole suite runs."""

import os
from uuid import uuid4

import psycopg


def fresh() -> dict[str, str]:
    """Return what a stack's environment needs: nothing on SQLite, else a database of its own on the suite's server."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return {}
    name = f"stack_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"}
