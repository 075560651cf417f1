"""Every migration can be undone and done again with rows in all tables, and what is in both versions stays."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    inspect,
    select,
)
from sqlalchemy.engine import make_url

from callcenter.cli.environment import ROOT
from callcenter.cli.migrate import is_in_use, upgrade
from callcenter.platform.database import migrations
from callcenter.settings import Settings
from tests.support.databases import empty_database

ROWS = 3
VERSION_TABLE = "alembic_version"


def alembic(address: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("sqlalchemy.url", address.replace("%", "%%"))
    return config


REVISIONS = [script.revision for script in ScriptDirectory.from_config(alembic()).walk_revisions()][::-1]
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def address(database_server: None, tmp_path: Path) -> Iterator[str]:
    with empty_database(tmp_path) as address:
        yield address


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    yield engine
    engine.dispose()


def tables(connection: Connection) -> list[Table]:
    """Parents before children."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def value(table: Table, name: str, number: int) -> Any:
    """Something that fits the column, another one in each row."""
    column = table.columns[name]
    if column.foreign_keys:
        return number
    match column.type:
        case Boolean():
            return number % 2 == 0
        case Integer():
            return number
        case DateTime():
            return datetime(2026, 1, 1, 12, number).astimezone()
        case JSON():
            return {"number": number}
        case _:
            return f"{name} é {number}"[: getattr(column.type, "length", None) or 64]


def fill(connection: Connection) -> None:
    for table in tables(connection):
        for number in range(1, ROWS + 1):
            row = {column.name: value(table, column.name, number) for column in table.columns}
            connection.execute(table.insert().values(row))


def rows(connection: Connection) -> Rows:
    return {
        table.name: [dict(row) for row in connection.execute(table.select().order_by(*table.primary_key)).mappings()]
        for table in tables(connection)
    }


def same_where_both_know(before: Rows, after: Rows) -> None:
    """Each row is there with each value for which the other version has a column."""
    for name in before.keys() & after.keys():
        known = before[name][0].keys() & (after[name][0].keys() if after[name] else set())
        shown = [[{key: row[key] for key in known} for row in version[name]] for version in (before, after)]
        assert shown[0] == shown[1], f"{name} has changed"


@pytest.mark.parametrize("revision", REVISIONS)
def test_down_and_up_again_with_rows_in_all_tables(revision: str, address: str, engine: Engine) -> None:
    command.upgrade(alembic(address), revision)
    with engine.begin() as connection:
        fill(connection)
        before = rows(connection)
    assert all(len(found) == ROWS for found in before.values())

    command.downgrade(alembic(address), "-1")
    with engine.connect() as connection:
        older = rows(connection)
    same_where_both_know(before, older)

    command.upgrade(alembic(address), revision)
    with engine.connect() as connection:
        again = rows(connection)
    assert again.keys() == before.keys()
    same_where_both_know(older, again)


def test_withheld_callers_lose_the_words_that_stood_for_their_numbers(address: str, engine: Engine) -> None:
    callers = ("Nobody", "+266696687", "+4930901820", "door-5")
    command.upgrade(alembic(address), "offers_of_an_agent")
    with engine.begin() as connection:
        call, ending = (
            next(one for one in tables(connection) if one.name == name) for name in ("call", "number_ending")
        )
        for number, caller in enumerate((*callers, "+266696687"), 1):
            facts = {"agent_id": None, "caller_id": caller, "direction": "Outbound" if number == 5 else "Inbound"}
            row = {column.name: value(call, column.name, number) for column in call.columns} | facts
            connection.execute(call.insert().values(row))
        for caller in callers:
            for start in range(len(caller)):
                connection.execute(ending.insert().values(ending=caller.lower()[start:], number=caller))

    for revision in ("withheld_callers", "offers_of_an_agent", "withheld_callers"):
        (command.upgrade if revision == "withheld_callers" else command.downgrade)(alembic(address), revision)
        with engine.connect() as connection:
            known = list(connection.execute(select(call.c.caller_id).order_by(call.c.id)).scalars())
            noted = set(connection.execute(select(ending.c.number).distinct()).scalars())
        assert known == ["", "", "+4930901820", "door-5", "+266696687"]
        assert noted == {"+266696687", "+4930901820", "door-5"}


def test_nothing_is_left_at_the_very_beginning(address: str, engine: Engine) -> None:
    command.upgrade(alembic(address), "head")
    command.downgrade(alembic(address), "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {VERSION_TABLE}


def test_a_new_sqlite_file_is_ready_for_many_connections_at_once(address: str, engine: Engine) -> None:
    """The desk opens several when it starts; if they had to change the mode then, one would find the file locked."""
    if engine.dialect.name != "sqlite":
        pytest.skip("the journal is SQLite's own")
    command.upgrade(alembic(address), "head")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_the_newest_migration_is_found_without_alembic() -> None:
    assert migrations.newest() == ScriptDirectory.from_config(alembic()).get_current_head()


def test_only_a_file_at_this_version_with_accounts_needs_no_preparation(tmp_path: Path) -> None:
    file = tmp_path / "a #1 50%.db"
    settings = Settings(debug=True, database_url=f"sqlite:///{tmp_path}/a #1 50%25.db")

    def has_accounts_at(revision: str) -> bool:
        with closing(sqlite3.connect(file)) as database:
            database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
            database.commit()
        return is_in_use(settings)

    assert not is_in_use(settings)
    assert not list(tmp_path.iterdir()), "asking makes no file"
    upgrade(settings)
    assert not is_in_use(settings)
    with closing(sqlite3.connect(file)) as database:
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(agent)")]
        database.execute(f"INSERT INTO agent ({', '.join(columns)}) VALUES ({', '.join('1' for _ in columns)})")
        database.commit()
    assert is_in_use(settings)
    assert not has_accounts_at(REVISIONS[-2])
    assert has_accounts_at(REVISIONS[-1])
    assert not is_in_use(settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"}))
