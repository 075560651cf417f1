"""A history of any length, made by the database itself: SQLite and PostgreSQL.

Five hundred agents, a call every two seconds, one number in ten calls' worth of callers, and results as rare as they
are. The indexes are taken down for the while and made anew, which takes a third of the time.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.schema import CreateIndex, DropIndex

from bench.databases import sync_url
from callcenter.core.tables import Call

AGENTS = 500
EVERY_SECONDS = 2
OPEN = 100
"""Calls that are going on."""
PIECE = 1_000_000
"""Rows of one statement."""
COLUMNS = """direction, state, caller_id, dialed_number, agent_id, livekit_room_name, room_sid, start_time, joined_at,
    answered_at, ended_at, duration, ended_by, end_reason"""
STATE = """CASE WHEN i > {last} - {open} THEN 'connected' WHEN i % 100 < 84 THEN 'completed'
    WHEN i % 100 < 91 THEN 'abandoned' WHEN i % 100 < 95 THEN 'missed' WHEN i % 100 < 98 THEN 'rejected'
    WHEN i % 100 < 99 THEN 'canceled' ELSE 'failed' END"""
ROWS = """
SELECT CASE WHEN state IN ('rejected', 'canceled') OR i % 4 = 0 THEN 'Outbound' ELSE 'Inbound' END, state,
    {number}, '+4930123450', 1 + i % {agents}, 'call_past_' || i, 'RM', at, at,
    CASE WHEN state IN ('completed', 'connected') THEN at END, CASE WHEN state <> 'connected' THEN at END,
    CASE WHEN state = 'completed' THEN 60 ELSE 0 END, CASE WHEN state <> 'connected' THEN 'caller' END,
    CASE WHEN state <> 'connected' THEN 'hung_up' END
FROM (SELECT i, {state} AS state, {at} AS at FROM {numbered}) made
"""
NUMBER = "'+4930' || ({number} + 10000000)"
ENDINGS = """
INSERT INTO number_ending (ending, number)
SELECT substr(number, place.column1), number
FROM (SELECT {number} AS number FROM {numbered}) made, (VALUES {places}) AS place
ORDER BY 1, 2
"""
DIALECTS = {
    "sqlite": {
        "numbered": "(WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {until}) "
        "SELECT i FROM n) counted",
        "at": "strftime('%Y-%m-%d %H:%M:%f000', '{begin}', '+' || (i * {every}) || ' seconds')",
    },
    "postgresql": {
        "numbered": "generate_series(CAST({first} AS bigint), {until}) counted(i)",
        "at": "timestamptz '{begin}+00' + i * interval '{every} seconds'",
    },
}


def now() -> datetime:
    """When the last of the calls began."""
    return datetime.now(UTC)


def fill(url: str, count: int) -> None:
    """So many calls in a database at the newest version with AGENTS accounts, the last of them now."""
    engine = create_engine(sync_url(url))
    begin = (now() - timedelta(seconds=count * EVERY_SECONDS)).strftime("%Y-%m-%d %H:%M:%S")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # whether each call's agent exists is not looked at
            connection.execute(text("SET session_replication_role = replica"))
            connection.commit()
        with _without_indexes(connection):
            for first in range(1, count + 1, PIECE):
                until = min(first + PIECE - 1, count)
                connection.execute(text(_insert(engine.dialect.name, first, until, count, begin).replace(":", r"\:")))
                connection.commit()
        connection.execute(text(_endings(engine.dialect.name, count).replace(":", r"\:")))
        connection.execute(text("INSERT INTO numbers_noted SELECT max(id) FROM call"))
        connection.commit()
        if engine.dialect.name == "sqlite":
            connection.execute(text("ANALYZE"))
            connection.commit()
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE call, number_ending"))
    engine.dispose()


def plan(url: str, statement: str, parameters: Any) -> str:
    """What the database says it does for a statement, as it was sent."""
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        words = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        rows: Sequence[Any] = connection.exec_driver_sql(words + statement, parameters).all()
    engine.dispose()
    return "\n".join(str(row[-1]) for row in rows)


def _insert(dialect: str, first: int, until: int, last: int, begin: str) -> str:
    words = DIALECTS[dialect]
    facts = {"first": first, "until": until, "begin": begin, "every": EVERY_SECONDS, "last": last, "open": OPEN}
    rows = ROWS.format(
        number=NUMBER.format(number=f"((i * 7919) % {_numbers(last)})"),
        agents=AGENTS,
        state=STATE.format(**facts),
        at=words["at"].format(**facts),
        numbered=words["numbered"].format(**facts),
    )
    return f"INSERT INTO call ({COLUMNS}) {rows}"


def _endings(dialect: str, calls: int) -> str:
    """Of all numbers, as the desk notes them a few seconds after a call has begun."""
    numbered = DIALECTS[dialect]["numbered"]
    return ENDINGS.format(
        number=NUMBER.format(number="i"),
        numbered=numbered.format(first=0, until=_numbers(calls) - 1),
        places=", ".join(f"({place})" for place in range(1, len("+493010000000") + 1)),
    )


def _numbers(calls: int) -> int:
    """Different ones."""
    return max(1000, calls // 10)


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    known = {index["name"] for index in inspect(connection).get_indexes("call")}
    indexes = [index for index in Call.__table__.indexes if index.name in known]  # type: ignore[attr-defined]
    for index in indexes:
        connection.execute(DropIndex(index))
    connection.commit()
    yield
    for index in indexes:
        connection.execute(CreateIndex(index))
    connection.commit()
