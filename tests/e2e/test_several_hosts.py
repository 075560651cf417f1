"""Open pages of a centre with two hosts, one of them with two workers: nobody notices where a page is served."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.async_api import Locator, Playwright, expect

from callcenter.cli.simulator import Caller
from tests.e2e.conftest import ANNA_TONE, BEN_TONE, CALLER_TONE, CallIn
from tests.support.browser import Desk
from tests.support.gaps import GAP_SECONDS, Gaps
from tests.support.hosts import Host
from tests.support.livekit_server import LiveKitServer, free_port
from tests.support.two_hosts import FORGOTTEN_SECONDS, LEASE_SECONDS, SOON, Centre, opened
from tests.support.waiting import until_async

AT_ONCE_MS = 4_000
"""Sooner than any page looks by itself: somebody has told it."""
SHOWN = "+49 30 23125001"
REMEMBERED = "() => Object.entries(sessionStorage)"
REMEMBERING = (
    "(kept) => kept.forEach(([name, value]) => sessionStorage.getItem(name) ?? sessionStorage.setItem(name, value))"
)


@pytest.fixture(scope="module")
def door_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def desk_port() -> int:
    """Where browsers find the centre."""
    return free_port()


@pytest.fixture(scope="module")
def livekit(door_port: int) -> Iterator[LiveKitServer]:
    server = LiveKitServer.boot_for(door_port)
    yield server
    server.stop()


@pytest.fixture(scope="module")
async def centre(
    livekit: LiveKitServer, desk_port: int, door_port: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Centre]:
    async with opened(livekit, desk_port, door_port, tmp_path_factory.mktemp("centre")) as made:
        yield made


@pytest.fixture(scope="module")
async def anna(centre: Centre, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """At her desk all day, at the first host."""
    desk = await Desk.open(playwright, centre.front.url, tmp_path_factory.mktemp("anna"), ANNA_TONE)
    await _comes_in(centre, centre.first, desk, "anna")
    await desk.become("Available")
    yield desk
    await desk.close()


@pytest.fixture(scope="module")
async def ben(centre: Centre, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """At his desk all day, at the second host, and in training unless a story is about him."""
    desk = await Desk.open(playwright, centre.front.url, tmp_path_factory.mktemp("ben"), BEN_TONE)
    await _comes_in(centre, centre.second, desk, "ben")
    await desk.become("Training")
    yield desk
    await desk.close()


@pytest.fixture(scope="module")
async def sam(centre: Centre, ben: Desk) -> Desk:
    """Looks at the team all day, at the second host, in another window of Ben's computer."""
    context = await ben.browser.new_context()
    desk = replace(ben, context=context, page=await context.new_page())
    await _comes_in(centre, centre.second, desk, "sam")
    await desk.page.get_by_role("link", name="Team").click()
    await expect(_person(desk, "Anna Berg")).to_be_visible()
    return desk


@pytest.fixture(autouse=True)
def everywhere(centre: Centre) -> None:
    """Unless a story is about it, connections and notifications come to one host after the other."""
    centre.way = centre.told = centre.hosts


async def _comes_in(centre: Centre, host: Host, desk: Desk, username: str) -> None:
    centre.way = [host]
    await desk.sign_in(username)
    await desk.page.evaluate("window.marked = true")


async def _is_marked(desk: Desk) -> bool:
    """Whether it is still the page that was marked, and was not loaded anew."""
    return bool(await desk.page.evaluate("window.marked"))


def _person(desk: Desk, full_name: str) -> Locator:
    return desk.page.locator(".cp-person", has_text=full_name)


async def _talks(desk: Desk, tone: int, call_in: CallIn) -> Caller:
    caller = await call_in()
    await desk.button("Answer").click()
    await caller.wait_hears(SOON, tone=tone)
    await desk.hears(CALLER_TONE, timeout=SOON)
    return caller


@dataclass
class Unbroken:
    """A call whose sound goes on at both ends, because nobody joins it anew."""

    desk: Desk
    caller: Caller

    async def __aenter__(self) -> "Unbroken":
        self._stays = self._sids
        self._gaps = Gaps(self.caller)
        await self.desk.watches(CALLER_TONE)
        return self

    async def __aexit__(self, failed: object, *_: object) -> None:
        gaps = self._gaps.stop()
        if failed is None:
            await self.desk.hears(CALLER_TONE)
            await self.caller.wait_hears(SOON, tone=ANNA_TONE)
            assert self._sids == self._stays, "somebody joined anew"
            assert gaps == 0, "the caller did not hear the agent all the time"
            assert await self.desk.longest_silence() < GAP_SECONDS

    @property
    def _sids(self) -> dict[str, str]:
        return {identity: one.sid for identity, one in self.caller.room.remote_participants.items()}


async def _shows_the_call_and_obeys(desk: Desk, caller: Caller) -> None:
    await expect(desk.page.locator("#server-lost")).to_be_hidden(timeout=SOON * 1000)
    await expect(desk.page.locator("#call")).to_contain_text("Connected")
    await expect(desk.page.locator("#call")).to_contain_text(SHOWN)
    await expect(desk.page.locator("#elsewhere")).to_be_hidden()
    await desk.button("Mute").click()
    await caller.wait_silence(SOON)
    await desk.hears(CALLER_TONE)
    await desk.button("Unmute").click()
    await caller.wait_hears(SOON, tone=ANNA_TONE)


async def _hangs_up_and_takes_the_next(desk: Desk, caller: Caller, call_in: CallIn) -> None:
    await desk.button("Hang up").click()
    assert await caller.wait_over(SOON) == "other side"
    following = await _talks(desk, ANNA_TONE, call_in)
    assert await _is_marked(desk)
    await desk.button("Hang up").click()
    assert await following.wait_over(SOON) == "other side"


async def test_what_happens_at_one_host_is_seen_at_once_at_the_other(
    centre: Centre, anna: Desk, sam: Desk, call_in: CallIn
) -> None:
    shown = _person(sam, "Anna Berg")
    for status, seen in (("Lunch", "Lunch"), ("Training", "Training"), ("Available", "Ready for calls")):
        await anna.choose(status)
        await expect(shown).to_contain_text(seen, timeout=AT_ONCE_MS)

    centre.told = [centre.second]
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible(timeout=AT_ONCE_MS)
    await expect(shown).to_contain_text("Ringing", timeout=AT_ONCE_MS)
    await anna.button("Answer").click()
    await expect(shown).to_contain_text("In a call", timeout=AT_ONCE_MS)
    await caller.wait_hears(SOON, tone=ANNA_TONE)
    await caller.hang_up()
    await expect(anna.button("Hang up")).to_be_hidden(timeout=AT_ONCE_MS)
    await expect(shown).to_contain_text("Ready for calls", timeout=AT_ONCE_MS)


@pytest.mark.parametrize("place", ["second", "first"])
async def test_a_duplicated_tab_gets_a_connection_of_its_own_and_no_sound(
    centre: Centre, anna: Desk, call_in: CallIn, place: str
) -> None:
    caller = await _talks(anna, ANNA_TONE, call_in)
    async with Unbroken(anna, caller):
        centre.way = [getattr(centre, place)]
        other = await _duplicated(anna)
        await expect(other.page.locator("#elsewhere")).to_contain_text("The audio of this call is in another tab.")
        await expect(other.page.locator("#call")).to_contain_text("Connected")
        await other.hears_not(CALLER_TONE)
        token, connection = await _kept(anna)
        same_token, own = await _kept(other)
        assert place == "first" or same_token == token, "it has the memory of the first"
        assert own != connection
        assert await centre.ask("SELECT media_connection FROM agent WHERE username = 'anna'") == connection

        await other.page.close()
        closed = "SELECT closed FROM connection WHERE id = %s"
        await until_async(lambda: centre.ask(closed, own), SOON, lambda: "the duplicate is not signed off")
        assert not await centre.ask(closed, connection)
        assert await centre.ask("SELECT media_connection FROM agent WHERE username = 'anna'") == connection
    await _shows_the_call_and_obeys(anna, caller)
    await anna.button("Hang up").click()
    assert await caller.wait_over(SOON) == "other side"


async def _duplicated(desk: Desk) -> Desk:
    """What a browser does: another tab with a copy of what the first one remembers."""
    page = await desk.context.new_page()
    await page.add_init_script(f"({REMEMBERING})({json.dumps(await desk.page.evaluate(REMEMBERED))})")
    await page.goto(desk.url)
    return replace(desk, page=page)


async def _kept(desk: Desk) -> tuple[str, str]:
    """A tab's token and connection."""
    token, connection, _ = (await desk.page.evaluate("sessionStorage.getItem('callcenter.tab')")).split(" ")
    return token, connection


async def test_an_idle_page_outlives_the_time_after_which_reflex_forgets(
    centre: Centre, anna: Desk, ben: Desk, sam: Desk, call_in: CallIn
) -> None:
    for one in ("ben", "sam"):
        await until_async(lambda one=one: _open_for_long(centre, one), SOON, lambda: "no lease is renewed")  # type: ignore[misc]
    await anna.become("Lunch")
    await ben.become("Available")
    await expect(_person(sam, "Ben Okafor")).to_contain_text("Ready for calls")
    caller = await _talks(ben, BEN_TONE, call_in)
    await ben.page.get_by_role("link", name="Team").click()
    for desk in (ben, sam):
        await expect(_person(desk, "Ben Okafor")).to_contain_text("In a call")
    await caller.hang_up()
    for desk in (ben, sam):
        await expect(_person(desk, "Ben Okafor")).to_contain_text("Ready for calls")
        assert await _is_marked(desk)
    await ben.become("Training")
    await anna.become("Available")


async def _open_for_long(centre: Centre, username: str) -> bool:
    """Whether they have been there for several times as long as Reflex remembers."""
    long = LEASE_SECONDS + 3 * FORGOTTEN_SECONDS
    question = """SELECT lease_until > opened_at + %s * interval '1 second'
        FROM connection JOIN agent ON agent.id = agent_id WHERE username = %s AND NOT closed"""
    return bool(await centre.ask(question, long, username))


async def test_the_call_goes_on_while_hosts_are_restarted_one_by_one(
    centre: Centre, anna: Desk, sam: Desk, call_in: CallIn
) -> None:
    caller = await _talks(anna, ANNA_TONE, call_in)
    async with Unbroken(anna, caller):
        for host, other in (centre.hosts, centre.hosts[::-1]):
            await asyncio.to_thread(host.end, SOON)
            await centre.pages_are_at(other)
            await asyncio.to_thread(host.start)
        await expect(anna.page.locator("#server-lost")).to_be_hidden(timeout=SOON * 1000)
    await _shows_the_call_and_obeys(anna, caller)
    await expect(_person(sam, "Anna Berg")).to_contain_text("In a call")
    await _hangs_up_and_takes_the_next(anna, caller, call_in)
    await expect(_person(sam, "Anna Berg")).to_contain_text("Ready for calls")
    assert await _is_marked(sam)


async def test_the_call_goes_on_when_the_worker_of_a_page_is_killed_and_then_its_host(
    centre: Centre, anna: Desk, sam: Desk, call_in: CallIn
) -> None:
    centre.way = [centre.first]
    caller = await _talks(anna, ANNA_TONE, call_in)
    token, _ = await _kept(anna)
    before = await centre.socket_of(token)
    async with Unbroken(anna, caller):
        centre.first.kill_worker(centre.first.worker_of(before.client_port))
        await centre.socket_of(token, other_than=before)
        await expect(anna.page.locator("#server-lost")).to_be_hidden(timeout=SOON * 1000)
    await _shows_the_call_and_obeys(anna, caller)

    centre.way = centre.hosts
    async with Unbroken(anna, caller):
        centre.first.kill()
        await centre.pages_are_at(centre.second)
        await expect(anna.page.locator("#server-lost")).to_be_hidden(timeout=SOON * 1000)
    await _shows_the_call_and_obeys(anna, caller)
    await _hangs_up_and_takes_the_next(anna, caller, call_in)
