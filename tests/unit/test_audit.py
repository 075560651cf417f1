"""Who did what to whom."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from callcenter.accounts.authentication import PER_ACCOUNT, PER_ADDRESS
from callcenter.accounts.errors import TooManyAttempts, WrongCredentials
from callcenter.audit.domain import AuditAction
from callcenter.audit.service import AuditEntry
from callcenter.core.domain.agents import SYSTEM, Actor, Role
from callcenter.platform.database.column_types import metadata
from callcenter.platform.errors import NotAllowed
from tests.builders import PASSWORD, Centre

ADDRESS = "198.51.100.7"


@pytest.fixture
async def ada(centre: Centre) -> Actor:
    return await centre.agent("Ada", Role.ADMIN, available=False)


async def log(centre: Centre, actor: Actor = SYSTEM) -> list[AuditEntry]:
    return await centre.services.audit.list(actor)


def test_the_migrations_make_what_the_models_say(migrated: str) -> None:
    url = make_url(migrated)
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[url.get_backend_name()]
    engine = create_engine(url.set(drivername=driver))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


async def test_what_is_done_to_accounts(centre: Centre, ada: Actor) -> None:
    accounts = centre.services.accounts
    dora = await accounts.add(ada, "dora", PASSWORD, "Dora Dietz", Role.AGENT)
    await accounts.disable(ada, dora.id)
    await accounts.enable(SYSTEM, dora.id)
    await accounts.reset(ada, dora.id, "another long password")
    invitation = await accounts.invite(ada, Role.SUPERVISOR)
    await accounts.register("eva", PASSWORD, "Eva Eich", invitation)
    found = [(one.by, one.action, one.subject) for one in reversed(await log(centre))]
    assert found == [
        ("ada", "account.added", "dora"),
        ("ada", "account.disabled", "dora"),
        ("system", "account.enabled", "dora"),
        ("ada", "account.password_reset", "dora"),
        ("ada", "account.invited", "supervisor"),
        ("system", "account.registered", "eva"),
    ]
    assert (await log(centre))[0].detail == {"role": "supervisor", "invited_by": ada.id}
    assert "password" not in str([one.detail for one in await log(centre)])


async def test_what_was_refused_is_not_done_and_not_on_record(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    with pytest.raises(NotAllowed):
        await centre.services.accounts.invite(anna, Role.ADMIN)
    assert await log(centre) == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_only_administrators_read_it(centre: Centre, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await log(centre, await centre.agent("Somebody", role))


async def test_it_is_read_from_its_end_page_by_page(centre: Centre, ada: Actor) -> None:
    for number in range(5):
        await centre.services.audit.record(ada, AuditAction.TELEPHONY_APPLIED, f"trunk {number}", changed=number)
        centre.clock.advance(60)
    first = await centre.services.audit.list(ada, limit=2)
    assert [one.subject for one in first] == ["trunk 4", "trunk 3"]
    rest = await centre.services.audit.list(ada, before=first[-1].id)
    assert [one.subject for one in rest] == ["trunk 2", "trunk 1", "trunk 0"]
    since = await centre.services.audit.list(ada, since=first[1].at)
    assert [one.subject for one in since] == ["trunk 4", "trunk 3"]
    assert await centre.services.audit.list(ada, action=AuditAction.INVITED) == []


async def test_guessing_passwords_is_on_record_once_in_a_while(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    for _ in range(PER_ACCOUNT):
        with pytest.raises(WrongCredentials):
            await centre.services.auth.sign_in(anna.username, "wrong", ADDRESS, "desk")
    for _ in range(20):
        with pytest.raises(TooManyAttempts):
            await centre.services.auth.sign_in(anna.username, "wrong", ADDRESS, "desk")
    (entry,) = await log(centre)
    assert (entry.action, entry.subject, entry.detail) == ("sign_in.throttled", "anna", {"address": ADDRESS})
    centre.clock.advance(3600)
    for number in range(PER_ADDRESS + 5):
        with pytest.raises((WrongCredentials, TooManyAttempts)):
            await centre.services.auth.sign_in(f"nobody{number}", "wrong", ADDRESS, "desk")
    assert [one.subject for one in await log(centre)] == [ADDRESS, "anna"]


async def test_it_is_kept_for_a_year(centre: Centre, ada: Actor) -> None:
    await centre.services.audit.record(ada, AuditAction.INVITED, "agent")
    centre.clock.advance(364 * 24 * 3600)
    await centre.services.sweeper.run()
    assert len(await log(centre)) == 1
    centre.clock.advance(2 * 24 * 3600)
    await centre.services.sweeper.run()
    assert await log(centre) == []
