"""Databases for tests: SQLite files, or databases of a PostgreSQL server (``use_server``).

The migrations run once; every test gets a copy.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

SERVER = ""
"""An address of PostgreSQL; empty means SQLite."""


def use_server(address: str) -> None:
    """From now on tests get databases of this PostgreSQL server."""
    global SERVER
    SERVER = address


@contextmanager
def empty_database(home: Path) -> Iterator[str]:
    """The address of a new database without tables, dropped afterwards."""
    if not SERVER:
        yield f"sqlite:///{home / 'callcenter.db'}"
        return
    with _created() as address:
        yield address


@contextmanager
def copy_of(template: str, home: Path) -> Iterator[str]:
    """The address of a copy of a database that nobody is connected to."""
    if not SERVER:
        yield f"sqlite:///{shutil.copy(make_url(template).database or '', home / 'callcenter.db')}"
        return
    with _created(f'TEMPLATE "{make_url(template).database}"') as address:
        yield address


@contextmanager
def _created(options: str = "") -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    url = make_url(SERVER)
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" {options}'))
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()
