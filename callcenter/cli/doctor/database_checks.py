"""The database: reachable, of this version, and willing to be written to."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

from callcenter.bootstrap import Services
from callcenter.cli.doctor.finding import Finding, Group
from callcenter.core.ports.media_server import TRIAL_ROOM
from callcenter.core.store import processed_events
from callcenter.platform.database import migrations, schema_version
from callcenter.settings import service_urls

NAME = "Database"
PATIENCE_SECONDS = 5.0


async def check(services: Services) -> AsyncIterator[Finding]:
    group = Group(NAME)
    url = service_urls.database(services.settings.database_url)
    where = service_urls.shown_database(services.settings.database_url)
    missing = _missing_file(url.database or "", url.get_backend_name())
    if missing:
        yield group.fail(f"there is no file {missing}", "Make it: python -m callcenter migrate")
        return
    problem = await _problem(_reach(services))
    if problem:
        yield group.fail(f"{where} does not answer ({problem})", "Start it, or correct DATABASE_URL.")
        return
    yield group.ok(f"{where} answers")
    version = await _version(services)
    needed = await asyncio.to_thread(migrations.newest)
    if version != needed:
        text = f"it is at version {version}, this program needs {needed}" if version else "it is empty"
        yield group.fail(text, "Run: python -m callcenter migrate (a newer database needs a newer program)")
        return
    yield group.ok("it is at the version of this program")
    problem = await _problem(_write(services))
    if problem:
        yield group.fail(
            f"it cannot be written to ({problem})", "See who may write there, and whether the disk is full."
        )
    else:
        yield group.ok("it can be written to")


def _missing_file(path: str, backend: str) -> str:
    in_file = backend == "sqlite" and path not in ("", ":memory:")
    return path if in_file and not Path(path).exists() else ""


async def _problem(attempt: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await attempt
    except TimeoutError:
        return f"nothing within {PATIENCE_SECONDS:g} s"
    except Exception as error:  # whatever it is, it is what the administrator has to know
        return _reason(error)
    return ""


def _reason(error: BaseException | None) -> str:
    """What the database itself said, in one line; it may be wrapped more than once."""
    said, seen = "", set()
    while error is not None and id(error) not in seen:  # a chain of errors may lead back to its beginning
        seen.add(id(error))
        said = str(getattr(error, "orig", None) or error).strip() or said
        error = error.__cause__ or error.__context__
    return said.partition("\n")[0]


async def _reach(services: Services) -> None:
    async with services.units.reading() as (session, _):
        await schema_version.reachable(session)


async def _version(services: Services) -> str:
    try:
        async with services.units.reading() as (session, _):
            return await schema_version.found(session)
    except Exception:  # a table that is missing, whatever the driver calls that
        return ""


async def _write(services: Services) -> None:
    """A mark that is swept away with the notifications of the day."""
    async with services.units.begin() as unit:
        await processed_events.first_time(unit.session, f"{TRIAL_ROOM}write_{secrets.token_hex(8)}", unit.now)
