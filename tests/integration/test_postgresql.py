"""What only PostgreSQL does: undo transactions on its own, restart under load, end what stands still."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from sqlalchemy import text

from callcenter.bootstrap import Services, build, set_services
from callcenter.cli.migrate import upgrade
from callcenter.core.domain.agents import Actor
from callcenter.core.unit_of_work import UnitOfWork
from callcenter.monitoring.health import PATIENCE_SECONDS
from callcenter.platform.database.engine import Database, Interrupted
from callcenter.platform.database.limits import Limits, with_limits
from callcenter.platform.database.retry import ATTEMPTS, retried
from callcenter.platform.errors import DatabaseUnavailable
from tests.builders import PASSWORD, Centre, add_agent
from tests.conftest import settings_for
from tests.consistency import assert_consistent
from tests.fakes import Clock, FakeMedia, FakeTelephony
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.own_postgresql

RENAME = text("UPDATE agent SET full_name = full_name || '!' WHERE id = :id")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One of this module's own: it is killed and frozen here."""
    own = PostgresServer.boot("deadlock_timeout=100ms")
    upgrade(settings_for(own.url))
    yield own
    own.stop()


@asynccontextmanager
async def running(server: PostgresServer, **changes: float) -> AsyncIterator[Services]:
    media = FakeMedia()
    built = build(settings_for(server.url, **changes), media, FakeTelephony(media), Clock())
    set_services(built)
    try:
        yield built
    finally:
        set_services(None)
        await built.stop()


@pytest.fixture
async def services(server: PostgresServer) -> AsyncIterator[Services]:
    with psycopg.connect(server.url) as connection:
        connection.execute("TRUNCATE agent, call, webhook_event RESTART IDENTITY CASCADE")
    async with running(server) as built:
        yield built


@pytest.fixture
async def pair(services: Services) -> tuple[int, int]:
    """Two rows to quarrel over."""
    anna, ben = await add_agent(services, "Anna"), await add_agent(services, "Ben")
    return anna.id, ben.id


async def names(services: Services) -> list[str]:
    async with services.db.reading() as session:
        return list((await session.execute(text("SELECT full_name FROM agent ORDER BY id"))).scalars())


async def waits_for_a_lock(server: PostgresServer, count: int = 1) -> None:
    """Until so many of the program's connections wait for one."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        async with asyncio.timeout(60):
            while True:
                found = await (await connection.execute(question)).fetchone()
                if found and found[0] >= count:
                    return
                await asyncio.sleep(0.01)


async def test_a_deadlock_undoes_the_transaction_and_it_is_run_again(
    services: Services, server: PostgresServer, pair: tuple[int, int]
) -> None:
    """A program that is not ours has the second row and wants the first."""
    attempts: list[UnitOfWork] = []
    done: list[str] = []

    async def told() -> None:
        done.append("told")

    @retried
    async def rename_both() -> None:
        async with services.units.begin() as unit:
            attempts.append(unit)
            unit.after_commit(told)
            for agent_id in pair:
                await unit.session.execute(RENAME, {"id": agent_id})

    async with await psycopg.AsyncConnection.connect(server.url) as outsider:
        await outsider.execute("SET deadlock_timeout = '1min'")  # so that it is ours that is undone
        await outsider.execute("UPDATE agent SET full_name = full_name || '?' WHERE id = %s", [pair[1]])
        ours = asyncio.create_task(rename_both())
        await waits_for_a_lock(server)
        await outsider.execute("UPDATE agent SET full_name = full_name || '?' WHERE id = %s", [pair[0]])
        await outsider.commit()
    await ours
    assert len(attempts) == 2, "the first one was undone"
    assert await names(services) == ["Anna?!", "Ben?!"]
    assert done == ["told"], "what follows a transaction follows once"


async def test_a_connection_lost_as_it_is_given_back_loses_nothing(
    services: Services, server: PostgresServer, pair: tuple[int, int]
) -> None:
    """As when the process stood still for too long between its last statement and the end."""
    for _ in range(25):  # more than there are connections: each lost one is replaced
        async with services.db.reading() as session:
            backend = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            found = (await session.execute(text("SELECT count(*) FROM agent"))).scalar_one()
            async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as outsider:
                await outsider.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        assert found == len(pair)
    assert await names(services) == ["Anna", "Ben"]
    assert services.db.pools()["read", "in_use"] == 0


async def test_a_serialisation_failure_is_run_again(
    services: Services, server: PostgresServer, pair: tuple[int, int]
) -> None:
    """Two real connections change what the other one has read."""
    attempts = 0

    @retried
    async def rename() -> None:
        nonlocal attempts
        attempts += 1
        async with services.db.reading() as session:  # REPEATABLE READ
            await session.execute(text("SELECT full_name FROM agent"))
            if attempts == 1:
                async with await psycopg.AsyncConnection.connect(server.url) as outsider:
                    await outsider.execute("UPDATE agent SET full_name = 'Zoe' WHERE id = %s", [pair[0]])
            await session.execute(RENAME, {"id": pair[0]})
            await session.commit()

    await rename()
    assert attempts == 2
    assert await names(services) == ["Zoe!", "Ben"]


async def test_what_fails_after_the_commit_does_not_undo_or_repeat_it(
    services: Services, pair: tuple[int, int]
) -> None:
    attempts = 0

    async def unlucky() -> None:
        raise Interrupted()

    @retried
    async def rename() -> None:
        nonlocal attempts
        attempts += 1
        async with services.units.begin() as unit:
            await unit.session.execute(RENAME, {"id": pair[0]})
            unit.after_commit(unlucky)

    await rename()
    assert attempts == 1
    assert await names(services) == ["Anna!", "Ben"]


async def test_it_is_not_tried_for_ever(services: Services, pair: tuple[int, int]) -> None:
    attempts = 0

    @retried
    async def unlucky() -> None:
        nonlocal attempts
        attempts += 1
        async with services.units.begin() as unit:
            await unit.session.execute(RENAME, {"id": pair[0]})
            await unit.session.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    with pytest.raises(Interrupted):
        await unlucky()
    assert attempts == ATTEMPTS
    assert await names(services) == ["Anna", "Ben"]


@pytest.mark.parametrize("state", ["53100", "53200", "58030"])
async def test_a_full_disk_is_told_as_a_database_that_cannot_be_used_now(
    services: Services, pair: tuple[int, int], state: str
) -> None:
    """No room, no memory, an error of the disk: whoever asks comes again later, and nothing is kept."""

    async def rename() -> None:
        async with services.units.begin() as unit:
            await unit.session.execute(RENAME, {"id": pair[0]})
            await unit.session.execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"))

    with pytest.raises(DatabaseUnavailable):
        await rename()
    assert await names(services) == ["Anna", "Ben"]


async def test_a_process_that_stands_still_in_its_turn_does_not_hold_up_the_others(server: PostgresServer) -> None:
    frozen = Database(server.url, Limits(idle_seconds=0.3))
    other = Database(server.url, Limits(lock_seconds=20))

    async def stand_still() -> None:
        async with frozen.writing() as first:
            async with other.writing() as second:
                assert (await second.execute(text("SELECT 1"))).scalar_one() == 1
            await first.execute(text("SELECT 1"))

    try:
        with pytest.raises(Interrupted):
            await stand_still()
    finally:
        await frozen.close()
        await other.close()


async def test_nobody_waits_for_ever_for_a_turn_or_a_statement(server: PostgresServer) -> None:
    holder = Database(server.url)
    hasty = Database(server.url, Limits(lock_seconds=0.1, statement_seconds=0.2))
    try:
        async with holder.writing():
            with pytest.raises(Interrupted):
                async with hasty.writing():
                    raise AssertionError("two writers at once")
        with pytest.raises(DatabaseUnavailable):
            async with hasty.reading() as session:
                await session.execute(text("SELECT pg_sleep(5)"))
        async with hasty.writing() as session:
            assert (await session.execute(text("SELECT 1"))).scalar_one() == 1, "and the next one works"
    finally:
        await holder.close()
        await hasty.close()


async def test_a_server_that_is_away_is_said_so_in_time(server: PostgresServer, tmp_path: Path) -> None:
    nobody = Database(f"postgresql://postgres@/postgres?host={tmp_path}", Limits(patience_seconds=0.2))
    began = monotonic()
    with pytest.raises(DatabaseUnavailable):
        async with nobody.reading():
            raise AssertionError("there is nobody")
    assert monotonic() - began >= 0.1, "it was tried again first"
    await nobody.close()


def test_what_an_administrator_writes_into_the_address_wins() -> None:
    from sqlalchemy.engine import make_url

    url = with_limits(make_url("postgresql://host/name?application_name=mine&connect_timeout=1"), Limits())
    assert url.query["application_name"] == "mine"
    assert url.query["connect_timeout"] == "1"
    assert "lock_timeout=10000" in url.query["options"]


async def test_a_restart_under_load_loses_nothing(services: Services, server: PostgresServer) -> None:
    """Callers keep coming while the server is killed, is away and is back; LiveKit sends again what failed."""
    media = services.media
    assert isinstance(media, FakeMedia)
    centre = Centre(services, media, services.clock)  # type: ignore[arg-type]
    agents: list[Actor] = [await add_agent(services, f"Agent {number}") for number in range(5)]

    async def caller(number: int) -> None:
        room = f"call_{number}"
        media.caller_joins(room, f"+49301234{number:03}")
        mine = [one for one in media.outbox if one.room.name == room]
        for notification in mine:
            media.outbox.remove(notification)
            while True:
                try:
                    await services.intake.webhook(*media.seal(notification))
                    break
                except DatabaseUnavailable:
                    await asyncio.sleep(0.05)

    await asyncio.gather(*(caller(number) for number in range(10)))
    server.kill()
    during = [asyncio.create_task(caller(number)) for number in range(10, 60)]
    checks = await services.health.checks()
    assert checks["database"] is False, "meanwhile /readyz says so"
    server.start()
    async with asyncio.timeout(60):
        await asyncio.gather(*during)
    assert (await services.health.checks())["database"], "and that it is back"
    async with services.db.reading() as session:
        rooms = list((await session.execute(text("SELECT livekit_room_name FROM call"))).scalars())
    assert sorted(rooms) == sorted(f"call_{number}" for number in range(60)), "each caller has one call"
    ringing = [await centre.offer(agent) for agent in agents]
    assert all(offer.call_id for offer in ringing), "and agents are asked"
    await assert_consistent(services)


async def test_a_server_that_answers_no_more_is_said_so_as_well(services: Services, server: PostgresServer) -> None:
    assert (await services.health.checks())["database"]
    server.freeze()
    try:
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            assert not (await services.health.checks())["database"]
    finally:
        server.thaw()
    async with asyncio.timeout(30):
        async with services.units.reading() as (session, _):
            assert (await session.execute(text("SELECT 1"))).scalar_one() == 1


async def test_signing_in_does_not_wait_for_those_who_decide_about_calls(services: Services) -> None:
    await add_agent(services, "Anna")
    async with services.units.begin():
        signed = await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "desk")
        assert (await services.auth.identify(signed.token, "desk")).username == "anna"
        await services.auth.write_seen()
