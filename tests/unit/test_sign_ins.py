"""What people do about their own sign-ins, and how long one lasts."""

from datetime import datetime, timedelta
from functools import lru_cache

import bcrypt
import pytest

from callcenter.accounts import passwords
from callcenter.accounts.authentication import PER_ACCOUNT
from callcenter.accounts.errors import TooManyAttempts, WeakPassword, WrongCredentials
from callcenter.audit.domain import AuditAction
from callcenter.core.domain.agents import Actor, Role
from callcenter.core.domain.errors import AgentBusy
from callcenter.entry.identification import Kind
from callcenter.platform.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from callcenter.workspace.views import DeskView
from tests.builders import PASSWORD, Centre

HERE, THERE = "198.51.100.7", "203.0.113.9"
NEW = "nine green ladders on the roof"
MINUTES = 60.0


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    gensalt = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda rounds=4: gensalt(4))
    monkeypatch.setattr(passwords, "_nobody", lru_cache(maxsize=1)(passwords._nobody.__wrapped__))


@pytest.fixture
async def anna(centre: Centre) -> Actor:
    return await centre.agent("Anna")


async def sign_in(centre: Centre, address: str = HERE, kind: Kind = "desk") -> tuple[str, Actor]:
    """The token, and who that is."""
    signed = await centre.services.auth.sign_in("anna", PASSWORD, address, kind)
    return signed.token, signed.actor


async def dead(centre: Centre, *tokens: tuple[str, Kind]) -> bool:
    for token, kind in tokens:
        try:
            await centre.services.auth.identify(token, kind)
        except NotSignedIn:
            continue
        return False
    return True


class TestANewPassword:
    async def test_ends_every_other_sign_in_and_renews_this_one(self, centre: Centre, anna: Actor) -> None:
        old, here = await sign_in(centre)
        other, _ = await sign_in(centre, THERE)
        program, _ = await sign_in(centre, THERE, "api")
        signed = await centre.services.sign_ins.change_password(here, PASSWORD, NEW, HERE)
        assert await dead(centre, (old, "desk"), (other, "desk"), (program, "api"))
        assert (await centre.services.auth.identify(signed.token, "desk")).id == anna.id
        assert signed.actor.login_session != here.login_session
        with pytest.raises(WrongCredentials):
            await centre.services.auth.sign_in("anna", PASSWORD, HERE, "desk")
        await centre.services.auth.sign_in("anna", NEW, HERE, "desk")

    async def test_needs_the_old_one(self, centre: Centre, anna: Actor) -> None:
        token, here = await sign_in(centre)
        with pytest.raises(WrongCredentials):
            await centre.services.sign_ins.change_password(here, "not the old one", NEW, HERE)
        assert not await dead(centre, (token, "desk"))
        await sign_in(centre)

    async def test_cannot_be_tried_out_at_a_desk_that_was_left_open(self, centre: Centre, anna: Actor) -> None:
        _, here = await sign_in(centre)
        for _ in range(PER_ACCOUNT):
            with pytest.raises(WrongCredentials):
                await centre.services.sign_ins.change_password(here, "not the old one", NEW, HERE)
        with pytest.raises(TooManyAttempts):
            await centre.services.sign_ins.change_password(here, PASSWORD, NEW, HERE)

    @pytest.mark.parametrize(
        ("new", "refusal"), [("short", InvalidInput), (PASSWORD, InvalidInput), ("anna123456", WeakPassword)]
    )
    async def test_follows_the_rules(self, centre: Centre, anna: Actor, new: str, refusal: type[InvalidInput]) -> None:
        token, here = await sign_in(centre)
        with pytest.raises(refusal):
            await centre.services.sign_ins.change_password(here, PASSWORD, new, HERE)
        assert not await dead(centre, (token, "desk"))

    async def test_waits_for_the_end_of_a_call(self, centre: Centre, anna: Actor) -> None:
        token, here = await sign_in(centre)
        await centre.talk(anna)
        for change in (
            centre.services.sign_ins.change_password(here, PASSWORD, NEW, HERE),
            centre.services.sign_ins.end_others(here, PASSWORD, HERE),
        ):
            with pytest.raises(AgentBusy):
                await change
        assert not await dead(centre, (token, "desk"))

    async def test_is_on_record(self, centre: Centre, anna: Actor) -> None:
        _, here = await sign_in(centre)
        ada = await centre.agent("Ada", Role.ADMIN, available=False)
        signed = await centre.services.sign_ins.change_password(here, PASSWORD, NEW, HERE)
        await centre.services.sign_ins.end_others(signed.actor, NEW, HERE)
        found = await centre.services.audit.list(ada)
        wanted = [AuditAction.SIGN_INS_ENDED, AuditAction.PASSWORD_CHANGED]
        assert [(one.action, one.by, one.subject) for one in found] == [(one, "anna", "anna") for one in wanted]


class TestOwnSignIns:
    async def test_are_listed_with_where_and_when(self, centre: Centre, anna: Actor) -> None:
        await sign_in(centre, THERE, "api")
        centre.clock.advance(5 * MINUTES)
        token, here = await sign_in(centre)
        await centre.agent("Ben")
        centre.clock.advance(3 * MINUTES)
        await centre.services.auth.identify(token, "desk")
        await centre.services.auth.write_seen()
        desk, program = await centre.services.sign_ins.list(here)
        assert (desk.kind, desk.here, desk.address, desk.seen) == ("desk", True, HERE, centre.clock.now.isoformat())
        assert (program.kind, program.here, program.address, program.seen) == ("api", False, THERE, program.since)

    async def test_the_others_are_ended_with_the_password(self, centre: Centre, anna: Actor) -> None:
        token, here = await sign_in(centre)
        other, _ = await sign_in(centre, THERE)
        with pytest.raises(WrongCredentials):
            await centre.services.sign_ins.end_others(here, "not the old one", HERE)
        assert not await dead(centre, (other, "desk"))
        signed = await centre.services.sign_ins.end_others(here, PASSWORD, HERE)
        assert await dead(centre, (other, "desk"), (token, "desk"))
        assert [one.here for one in await centre.services.sign_ins.list(signed.actor)] == [True]

    async def test_an_administrator_ends_them(self, centre: Centre, anna: Actor) -> None:
        token, here = await sign_in(centre)
        ada = await centre.agent("Ada", Role.ADMIN, available=False)
        with pytest.raises(NotAllowed):
            await centre.services.accounts.sign_out(here, ada.id)
        with pytest.raises(NotFound):
            await centre.services.accounts.sign_out(ada, 4711)
        await centre.services.accounts.sign_out(ada, anna.id)
        assert await dead(centre, (token, "desk"))
        await sign_in(centre)


class TestHowLongOneLasts:
    async def test_as_long_as_a_tab_is_open_but_no_longer_than_a_shift(self, centre: Centre, anna: Actor) -> None:
        token, _ = await sign_in(centre)
        for _ in range(12):
            centre.clock.advance(59 * MINUTES)
            assert not await dead(centre, (token, "desk"))
            await centre.services.auth.write_seen()
        centre.clock.advance(12 * MINUTES)
        assert await dead(centre, (token, "desk")), "twelve hours are over"

    async def test_an_hour_without_one(self, centre: Centre, anna: Actor) -> None:
        token, _ = await sign_in(centre)
        program, _ = await sign_in(centre, kind="api")
        centre.clock.advance(60 * MINUTES)
        assert await dead(centre, (token, "desk"))
        assert not await dead(centre, (program, "api")), "programs ask when they have a reason to"


class TestLockingOthersOut:
    async def test_wrong_passwords_from_elsewhere_do_not_lock_the_door_of_who_comes_every_day(
        self, centre: Centre, anna: Actor
    ) -> None:
        await sign_in(centre, HERE)
        for _ in range(PER_ACCOUNT):
            with pytest.raises(WrongCredentials):
                await centre.services.auth.sign_in("anna", "guessed", THERE, "desk")
        for address in (THERE, "192.0.2.1"):
            with pytest.raises(TooManyAttempts):
                await centre.services.auth.sign_in("anna", "guessed", address, "desk")
        await sign_in(centre, HERE)

    async def test_who_comes_every_day_cannot_guess_either(self, centre: Centre, anna: Actor) -> None:
        await sign_in(centre, HERE)
        for _ in range(PER_ACCOUNT):
            with pytest.raises(WrongCredentials):
                await centre.services.auth.sign_in("anna", "guessed", HERE, "desk")
        with pytest.raises(TooManyAttempts):
            await sign_in(centre, HERE)


HOURS = 3600.0


async def time_is_up(centre: Centre, actor: Actor) -> None:
    """The day of the sign-in is over, and a tab was open all the time."""
    centre.clock.advance(12 * HOURS)
    centre.services.auth.in_use([actor.login_session])
    await centre.services.auth.write_seen()


@pytest.fixture
async def signed_in(centre: Centre, anna: Actor) -> tuple[str, Actor]:
    return await sign_in(centre)


class TestASignInThatEndsInACall:
    async def test_is_kept_until_the_call_and_its_wrap_up_are_over(
        self, centre: Centre, signed_in: tuple[str, Actor]
    ) -> None:
        token, anna = signed_in
        call_id = await centre.talk(anna)
        await time_is_up(centre, anna)
        kept = await centre.services.auth.identify(token, "desk")
        assert (kept.id, kept.leaving) == (anna.id, True)
        assert (await centre.services.desk.watched(kept, "", DeskView())).call.id == call_id
        await centre.services.calls.hang_up(kept, call_id)
        assert (await centre.desk(anna)).work == "wrapup"
        assert not await dead(centre, (token, "desk"))
        await centre.services.presence.finish_wrap_up(kept)
        assert await dead(centre, (token, "desk"))

    async def test_without_a_call_ends_at_its_time(self, centre: Centre, signed_in: tuple[str, Actor]) -> None:
        token, anna = signed_in
        await time_is_up(centre, anna)
        assert await dead(centre, (token, "desk"))

    async def test_lets_the_call_be_answered_that_rings_just_then(
        self, centre: Centre, signed_in: tuple[str, Actor]
    ) -> None:
        token, anna = signed_in
        centre.clock.advance(12 * HOURS - 5)
        call_id = await centre.call_in()
        centre.clock.advance(5)
        centre.services.auth.in_use([anna.login_session])
        await centre.services.auth.write_seen()
        await centre.answer(await centre.services.auth.identify(token, "desk"), call_id)
        centre.clock.advance(600)
        assert not await dead(centre, (token, "desk"))

    async def test_begins_nothing_new(self, centre: Centre, signed_in: tuple[str, Actor]) -> None:
        token, anna = signed_in
        call_id = await centre.talk(anna)
        await time_is_up(centre, anna)
        kept = await centre.services.auth.identify(token, "desk")
        await centre.services.calls.hang_up(kept, call_id)
        with pytest.raises(NotAllowed):
            await centre.services.calls.dial(kept, "030 1234567")
        await centre.services.presence.finish_wrap_up(kept)
        waiting = await centre.call_in("+4915100000000")
        assert await centre.ringing_at(waiting, anna) is None

    async def test_is_not_brought_back_by_a_later_call(self, centre: Centre, signed_in: tuple[str, Actor]) -> None:
        token, anna = signed_in
        await time_is_up(centre, anna)
        later, _ = await sign_in(centre, THERE)
        await centre.talk(anna)
        assert await dead(centre, (token, "desk"))
        assert not await dead(centre, (later, "desk"))

    async def test_of_a_program_is_kept_the_same_way(self, centre: Centre, anna: Actor) -> None:
        token, program = await sign_in(centre, kind="api")
        call_id = await centre.talk(anna)
        centre.clock.advance(8 * HOURS)
        assert not await dead(centre, (token, "api"))
        await centre.services.calls.hang_up(program, call_id)
        await centre.services.presence.finish_wrap_up(program)
        assert await dead(centre, (token, "api"))

    async def test_is_ended_at_once_by_an_administrator_and_the_caller_goes_to_the_next(
        self, centre: Centre, signed_in: tuple[str, Actor]
    ) -> None:
        token, anna = signed_in
        ada = await centre.agent("Ada", Role.ADMIN, available=False)
        call_id = await centre.talk(anna)
        ben = await centre.agent("Ben")
        await centre.services.accounts.sign_out(ada, anna.id)
        assert await dead(centre, (token, "desk"))
        await centre.agent_drops_out(anna, call_id)
        await centre.later(1)
        assert await centre.ringing_at(call_id, ben) == ben


class TestRenewing:
    async def test_keeps_the_token_and_lasts_as_long_again(self, centre: Centre, signed_in: tuple[str, Actor]) -> None:
        token, anna = signed_in
        call_id = await centre.talk(anna)
        await time_is_up(centre, anna)
        kept = await centre.services.auth.identify(token, "desk")
        await centre.services.sign_ins.renew(kept, PASSWORD)
        assert not (await centre.services.auth.identify(token, "desk")).leaving
        await centre.services.calls.hang_up(kept, call_id)
        await centre.services.presence.finish_wrap_up(kept)
        await centre.call_in("+4915100000000")
        assert (await centre.offer(anna)).id, "calls are offered again"
        assert centre.services.auth.account_of(token, "desk") == anna.id

    async def test_needs_the_password_and_is_throttled(self, centre: Centre, signed_in: tuple[str, Actor]) -> None:
        token, anna = signed_in
        for _ in range(PER_ACCOUNT):
            with pytest.raises(WrongCredentials):
                await centre.services.sign_ins.renew(anna, "not the password")
        with pytest.raises(TooManyAttempts):
            await centre.services.sign_ins.renew(anna, PASSWORD)
        await time_is_up(centre, anna)
        assert await dead(centre, (token, "desk"))

    async def test_brings_nothing_back_that_is_over(self, centre: Centre, signed_in: tuple[str, Actor]) -> None:
        token, anna = signed_in
        await time_is_up(centre, anna)
        with pytest.raises(NotSignedIn):
            await centre.services.sign_ins.renew(anna, PASSWORD)
        assert await dead(centre, (token, "desk"))

    async def test_moves_the_end_that_the_desk_shows(self, centre: Centre, signed_in: tuple[str, Actor]) -> None:
        _, anna = signed_in
        before = (await centre.desk(anna)).sign_in_until
        centre.clock.advance(HOURS)
        await centre.services.sign_ins.renew(anna, PASSWORD)
        after = (await centre.desk(anna)).sign_in_until
        assert datetime.fromisoformat(after) - datetime.fromisoformat(before) == timedelta(hours=1)
