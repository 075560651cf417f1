"""A page at which a call rings is asked whether it still runs; a silent one has not missed the call."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from callcenter.core.domain.agents import Actor
from callcenter.platform.pubsub.change_bus import Hub, Subscription
from callcenter.platform.reflex import page_pulse
from callcenter.platform.reflex.page_pulse import LINE, PageLine, PageLines
from callcenter.platform.reflex.wire import PONG
from callcenter.workspace.tab import tab_connections
from tests.builders import Centre

RINGS = 60.0
PATIENCE = 60.0


@pytest.fixture
async def changes() -> AsyncIterator[Subscription]:
    async with Hub().subscribe("agent") as subscription:
        yield subscription


def quicker(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    for name in ("ASK_SECONDS", "SILENT_SECONDS", "LAST_LOOK_SECONDS", "LAST_ANSWER_SECONDS", "LAST_ASK_SECONDS"):
        monkeypatch.setattr(page_pulse, name, getattr(page_pulse, name) / times)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question is asked and answered in moments."""
    quicker(monkeypatch, 50)


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quicker than in life, but with room for a busy machine between two instants that a test tells apart."""
    quicker(monkeypatch, 4)


class Page:
    """Answers for as long as it is awake."""

    def __init__(self, awake: int = 1_000_000) -> None:
        self.awake = awake
        self.line = PageLine(self._send)

    async def _send(self, message: Message) -> None:
        assert message == {"type": "websocket.send", "text": "2"}
        self.awake -= 1
        if self.awake >= 0:
            self.line.hear({"type": "websocket.receive", "text": PONG})


async def rings(page: Page, changes: Subscription, left: float = RINGS) -> bool:
    """Until the page has fallen silent (False), or something has changed."""
    async with asyncio.timeout(PATIENCE):
        return await page.line.watch_ringing(changes, RINGS, left)


async def test_a_page_that_answers_no_question_while_it_rings_is_silent(changes: Subscription, hasty: None) -> None:
    assert not await rings(Page(awake=0), changes)
    assert not await rings(Page(awake=3), changes)


async def test_a_page_that_answers_rings_on_until_something_changes(changes: Subscription, hasty: None) -> None:
    asyncio.get_running_loop().call_later(20 * page_pulse.ASK_SECONDS, changes.wake, "agent")
    page = Page()
    assert await rings(page, changes)
    assert 1_000_000 - page.awake > page_pulse.SILENT_SECONDS / page_pulse.ASK_SECONDS, "was asked again and again"


async def test_a_page_that_freezes_shortly_before_the_end_is_silent_before_the_call_counts_as_missed(
    changes: Subscription, brisk: None
) -> None:
    begun = asyncio.get_running_loop().time()
    left = page_pulse.SILENT_SECONDS * 0.9
    assert not await rings(Page(awake=2), changes, left)
    assert asyncio.get_running_loop().time() - begun < left


async def test_a_page_that_is_there_to_the_end_is_not_silent(changes: Subscription, hasty: None) -> None:
    left = page_pulse.SILENT_SECONDS * 0.9
    asyncio.get_running_loop().call_later(left * 2, changes.wake, "agent")
    assert await rings(Page(), changes, left)


async def test_a_silent_page_is_waited_for_until_it_is_heard() -> None:
    page = Page(awake=0)
    await page.line.ask()
    waiting = asyncio.create_task(page.line.until_heard())
    await asyncio.sleep(0)
    assert not waiting.done()
    page.line.hear({"type": "websocket.receive", "text": "anything"})
    await asyncio.wait_for(waiting, PATIENCE)
    await asyncio.wait_for(page.line.until_heard(), PATIENCE)


async def test_answers_to_our_questions_are_kept_from_engine_io_and_its_own_are_not() -> None:
    said, passed, sent = ["a", PONG, PONG, "b"], [], []

    async def receive() -> Message:
        return {"type": "websocket.receive", "text": said.pop(0)}

    async def send(message: Message) -> None:
        sent.append(message["text"])

    async def engine(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append((await receive())["text"])
        await scope[LINE].ask()
        passed.extend([(await receive())["text"] for _ in range(2)])

    await PageLines(engine)({"type": "websocket", "path": "/_event/"}, receive, send)
    assert (passed, sent) == (["a", PONG, "b"], ["2"])


class TestTab:
    @pytest.fixture
    async def anna(self, centre: Centre) -> AsyncIterator[Actor]:
        anna = await centre.agent("Anna", connected=False)
        await tab_connections.enter("tab", anna)
        yield anna
        tab_connections._tabs.clear()

    async def test_what_rang_at_a_silent_page_goes_to_the_next_and_is_not_missed(
        self, centre: Centre, anna: Actor
    ) -> None:
        ben = await centre.agent("Ben")
        call_id = await centre.call_in()
        assert await centre.ringing_at(call_id, anna, ben) == anna
        await tab_connections.fall_silent("tab")
        assert await centre.ringing_at(call_id, anna, ben) == ben
        assert (await centre.desk(anna)).routable == "ok"
        assert "missed" not in await centre.events(call_id)

    async def test_a_silent_page_that_is_heard_again_is_offered_calls_as_before(
        self, centre: Centre, anna: Actor
    ) -> None:
        await tab_connections.fall_silent("tab")
        call_id = await centre.call_in()
        assert await centre.ringing_at(call_id, anna) is None
        await tab_connections.stay("tab", anna)
        assert await centre.ringing_at(call_id, anna) == anna

    async def test_a_call_rings_on_at_the_tab_that_is_awake(self, centre: Centre, anna: Actor) -> None:
        await tab_connections.enter("other", anna)
        call_id = await centre.call_in()
        await tab_connections.fall_silent("tab")
        assert await centre.ringing_at(call_id, anna) == anna
        assert (await centre.desk(anna)).session == "connected"


async def test_a_socket_that_closes_is_no_word_of_its_page(hasty: None) -> None:
    page = Page(awake=0)
    await page.line.ask()
    assert not page.line.hear({"type": "websocket.disconnect", "code": 1006})
    waiting = asyncio.ensure_future(page.line.until_heard())
    await asyncio.sleep(0)
    assert not waiting.done()
    page.line.hear({"type": "websocket.receive", "text": PONG})
    await waiting


async def test_what_has_changed_is_told_also_by_a_process_that_stood_still(
    changes: Subscription, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_pulse, "OWN_DELAY_SECONDS", -RINGS)
    changes.wake("agent")
    assert await rings(Page(awake=0), changes)
