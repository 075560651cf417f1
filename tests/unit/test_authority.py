"""An administrator's word counts for as long as it is an administrator's, and one of them always stays."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from callcenter.accounts.errors import InvitationInvalid, LastAdministrator, WrongCredentials
from callcenter.accounts.service import AccountService
from callcenter.bootstrap import Services, build
from callcenter.core.domain.agents import SYSTEM, Actor, Role
from callcenter.platform.errors import NotAllowed, NotSignedIn
from callcenter.settings import Settings
from tests.builders import PASSWORD, Centre
from tests.fakes import Clock, FakeMedia, FakeTelephony
from tests.support.refusals import refused

NEW = "nine green ladders on the roof"
ADDRESS = "198.51.100.7"
ROUNDS = 6

ACTS: dict[str, Callable[[Services, Actor, int], Awaitable[Any]]] = {
    "add": lambda known, actor, _: known.accounts.add(actor, "dora", PASSWORD, "Dora", Role.ADMIN),
    "invite": lambda known, actor, _: known.accounts.invite(actor, Role.ADMIN),
    "list_accounts": lambda known, actor, _: known.accounts.list_accounts(actor),
    "find": lambda known, actor, _: known.accounts.find(actor, "anna"),
    "disable": lambda known, actor, other: known.accounts.disable(actor, other),
    "enable": lambda known, actor, other: known.accounts.enable(actor, other),
    "reset": lambda known, actor, other: known.accounts.reset(actor, other, NEW),
    "sign_out": lambda known, actor, other: known.accounts.sign_out(actor, other),
    "forget a caller": lambda known, actor, _: known.keeping.forget(actor, "+4915112345678"),
}
"""Everything that needs an administrator, given the account of somebody else."""
OWN = {"me", "choose_language"}
"""What everybody may ask about themselves."""


@pytest.fixture
async def another_process(services: Services, settings: Settings, clock: Clock) -> AsyncIterator[Services]:
    """The services of a second worker on the same database, with connections of its own."""
    media = FakeMedia()
    built = build(settings, media, FakeTelephony(media), clock)
    yield built
    await built.stop()


@pytest.fixture
async def ada(centre: Centre) -> Actor:
    return await centre.agent("Ada", Role.ADMIN, available=False)


@pytest.fixture
async def eve(centre: Centre) -> Actor:
    return await centre.agent("Eve", Role.ADMIN, available=False)


async def enabled_administrators(services: Services) -> list[str]:
    found = await services.accounts.list_accounts(SYSTEM)
    return [one.username for one in found if one.role == Role.ADMIN and not one.disabled]


def test_every_service_about_accounts_is_tried_below() -> None:
    methods = {name for name, _ in inspect.getmembers(AccountService, inspect.isfunction) if not name.startswith("_")}
    asks = {name for name in methods if "actor" in inspect.signature(getattr(AccountService, name)).parameters}
    assert asks == (ACTS.keys() - {"forget a caller"}) | OWN


async def test_two_administrators_who_disable_each_other_at_once_leave_one(
    services: Services, another_process: Services, ada: Actor, eve: Actor
) -> None:
    refused = 0
    for turn in range(ROUNDS):
        both = [services.accounts.disable(ada, eve.id), another_process.accounts.disable(eve, ada.id)]
        results = await asyncio.gather(*(both if turn % 2 else reversed(both)), return_exceptions=True)
        assert [one for one in results if one is not None and not isinstance(one, NotSignedIn)] == []
        refused += sum(isinstance(one, NotSignedIn) for one in results)
        (left,) = await enabled_administrators(services)
        await services.accounts.enable(SYSTEM, ada.id if left == "eve" else eve.id)
    assert refused == ROUNDS, "each time both were let begin"


async def test_the_command_line_and_an_administrator_at_once_leave_one(
    services: Services, another_process: Services, ada: Actor, eve: Actor
) -> None:
    results = await asyncio.gather(
        services.accounts.disable(ada, eve.id), another_process.accounts.disable(SYSTEM, ada.id), return_exceptions=True
    )
    assert len(await enabled_administrators(services)) == 1, results


@pytest.mark.parametrize("name", ACTS)
async def test_an_administrator_who_was_disabled_meanwhile_changes_nothing(
    centre: Centre, ada: Actor, eve: Actor, name: str
) -> None:
    """The request was let in while the account was still good, and has its turn now."""
    anna = await centre.agent("Anna")
    await centre.services.accounts.disable(eve, ada.id)
    before = await centre.services.audit.list(eve)
    with pytest.raises(NotSignedIn):
        await ACTS[name](centre.services, ada, anna.id)
    assert await centre.services.audit.list(eve) == before


@pytest.mark.parametrize("name", ACTS)
async def test_an_administrator_who_was_signed_out_meanwhile_changes_nothing(
    centre: Centre, ada: Actor, eve: Actor, name: str
) -> None:
    anna = await centre.agent("Anna")
    signed = await centre.services.auth.sign_in("ada", PASSWORD, ADDRESS, "desk")
    await centre.services.accounts.sign_out(eve, ada.id)
    with pytest.raises(NotSignedIn):
        await ACTS[name](centre.services, signed.actor, anna.id)


@pytest.mark.parametrize("name", ACTS)
async def test_an_administrator_whose_role_was_taken_meanwhile_changes_nothing(
    centre: Centre, ada: Actor, eve: Actor, name: str
) -> None:
    anna = await centre.agent("Anna")
    async with centre.services.units.begin() as unit:
        await unit.session.execute(text("UPDATE agent SET role = 'supervisor' WHERE id = :id"), {"id": ada.id})
    with pytest.raises(NotAllowed):
        await ACTS[name](centre.services, ada, anna.id)


@pytest.mark.parametrize("change", ["password", "sign-ins"])
async def test_own_sign_ins_are_not_changed_by_a_disabled_person(
    centre: Centre, ada: Actor, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password was right when it was looked at; the account is disabled before the change has its turn."""
    anna, sign_ins, auth = await centre.agent("Anna"), centre.services.sign_ins, centre.services.auth
    here = (await auth.sign_in("anna", PASSWORD, ADDRESS, "desk")).actor
    check = auth.check

    async def overtaken(*arguments: Any) -> Any:
        found = await check(*arguments)
        await centre.services.accounts.disable(ada, anna.id)
        return found

    monkeypatch.setattr(auth, "check", overtaken)
    with pytest.raises(NotSignedIn):
        await (
            sign_ins.change_password(here, PASSWORD, NEW, ADDRESS)
            if change == "password"
            else sign_ins.end_others(here, PASSWORD, ADDRESS)
        )
    await centre.services.accounts.enable(ada, anna.id)
    assert await sign_ins.list(anna) == []


@pytest.mark.parametrize("change", ["disabled", "another password"])
async def test_a_sign_in_that_is_overtaken_by_the_end_of_all_sign_ins_is_none(
    centre: Centre, ada: Actor, change: str
) -> None:
    """A right password that was looked at before an administrator acted opens nothing afterwards."""
    anna, accounts = await centre.agent("Anna"), centre.services.accounts
    agent = await centre.services.auth.check("anna", PASSWORD, ADDRESS)
    await (accounts.disable(ada, anna.id) if change == "disabled" else accounts.reset(ada, anna.id, NEW))
    with pytest.raises(WrongCredentials):
        async with centre.services.units.begin() as unit:
            await centre.services.auth.open(unit, agent, ADDRESS, "desk")
    if change == "disabled":
        await accounts.enable(ada, anna.id)
    assert await centre.services.sign_ins.list(anna) == []


class TestTheLastAdministrator:
    async def test_is_not_disabled_by_the_command_line_either(self, centre: Centre, ada: Actor) -> None:
        with refused(LastAdministrator, "Add another administrator first"):
            await centre.services.accounts.disable(SYSTEM, ada.id)
        assert await enabled_administrators(centre.services) == ["ada"]

    async def test_is_the_last_also_beside_disabled_ones_and_supervisors(
        self, centre: Centre, ada: Actor, eve: Actor
    ) -> None:
        await centre.agent("Sam", Role.SUPERVISOR)
        await centre.services.accounts.disable(ada, eve.id)
        with pytest.raises(LastAdministrator):
            await centre.services.accounts.disable(SYSTEM, ada.id)
        await centre.services.accounts.disable(SYSTEM, eve.id)
        await centre.services.accounts.enable(ada, eve.id)
        await centre.services.accounts.disable(SYSTEM, ada.id)
        assert await enabled_administrators(centre.services) == ["eve"]


async def test_an_invitation_is_worth_no_more_than_the_account_that_made_it(
    centre: Centre, ada: Actor, eve: Actor
) -> None:
    accounts = centre.services.accounts
    token = await accounts.invite(ada, Role.ADMIN)
    await accounts.disable(eve, ada.id)
    with pytest.raises(InvitationInvalid):
        await accounts.register("dora", PASSWORD, "Dora", token)
    await accounts.enable(eve, ada.id)
    assert (await accounts.register("dora", PASSWORD, "Dora", token)).role == "admin"
