"""The part that all pages have in common which follow what they show."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from callcenter.history.ui.call_detail_state import CallDetail
from callcenter.history.ui.state import History
from callcenter.platform.errors import DatabaseUnavailable, NotAllowed, NotFound, NotSignedIn, Overloaded
from callcenter.platform.reflex import page_lifetime, watched_page
from callcenter.platform.reflex.watched_page import WatchedPage
from callcenter.team.ui.state import TeamBoard
from callcenter.telephony.ui.state import Telephones
from callcenter.workspace.tab.tab_state import Live

UNREAD = "the page could not be read"


class Page(WatchedPage):
    """A page whose readings end as the test says: by an exception, or by None, which is the end of what it follows."""

    def __init__(self, *readings: Exception | None) -> None:
        self.readings = list(readings)
        self.did: list[str] = []
        self.in_trouble = asyncio.Event()

    async def _open(self) -> None:
        self.did.append("open")

    async def _follow(self) -> None:
        self.did.append("read")
        outcome = self.readings.pop(0)
        if outcome is not None:
            raise outcome

    async def _show_trouble(self) -> None:
        self.did.append("trouble")
        self.in_trouble.set()

    async def watch(self) -> list[str]:
        await asyncio.wait_for(self._watch(UNREAD), 5)
        return self.did

    async def commands(self) -> AsyncIterator[int]:
        """Like the desk, whose watcher tells its browser what to do meanwhile."""
        while True:
            async with self._trying(UNREAD, passing=(NotAllowed, DatabaseUnavailable)):
                await self._follow()
                yield len(self.readings)


@pytest.fixture(autouse=True)
def begun_by_a_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    def begun(by_a_page: bool) -> None:
        monkeypatch.setattr(page_lifetime, "of_a_page", lambda: by_a_page)

    monkeypatch.setattr(watched_page, "TROUBLE_SECONDS", 0)
    begun(True)
    return begun


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_a_page_is_opened_once_and_followed_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    assert await Page(None).watch() == ["open", "read"]
    assert logged(caplog) == []


async def test_an_event_that_no_page_has_begun_does_nothing(begun_by_a_page: Callable[[bool], None]) -> None:
    begun_by_a_page(False)
    assert await Page(None).watch() == []


async def test_a_failure_is_shown_and_logged_and_the_page_is_read_again(caplog: pytest.LogCaptureFixture) -> None:
    assert await Page(ValueError(), NotFound(), None).watch() == ["open", "read", "trouble", "read", "trouble", "read"]
    assert logged(caplog) == [UNREAD, UNREAD]
    assert all(record.exc_info for record in caplog.records)


async def test_a_database_that_is_away_is_shown_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Else hundreds of open pages would fill the log with it."""
    assert await Page(DatabaseUnavailable(), None).watch() == ["open", "read", "trouble", "read"]
    assert logged(caplog) == []


async def test_a_page_of_nobody_is_followed_no_longer(caplog: pytest.LogCaptureFixture) -> None:
    assert await Page(ValueError(), NotSignedIn(), None).watch() == ["open", "read", "trouble", "read"]
    assert logged(caplog) == [UNREAD]


async def test_a_page_that_is_left_is_read_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_page, "TROUBLE_SECONDS", 60)
    page = Page(ValueError(), None)
    watching = asyncio.create_task(page.watch())
    await asyncio.wait_for(page.in_trouble.wait(), 5)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert page.did == ["open", "read", "trouble"]


async def test_what_passes_is_neither_shown_nor_logged_but_an_absent_database_is_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = Page(NotAllowed(), DatabaseUnavailable(), None, Overloaded(), NotSignedIn())
    with pytest.raises(NotSignedIn):
        assert [left async for left in page.commands()] == [2]
    assert page.did == ["read", "read", "trouble", "read", "read", "trouble", "read"]
    assert logged(caplog) == [UNREAD]


@pytest.mark.parametrize("state", [CallDetail, History, Live, TeamBoard, Telephones])
def test_no_browser_can_call_what_all_pages_have_in_common(state: type) -> None:
    """A name without an underscore would be one more event of every page."""
    assert issubclass(state, WatchedPage)
    assert [name for name in vars(WatchedPage) if not name.startswith("_")] == []
    assert not any("watched_page" in name for name in (state.get_full_name(), *state.event_handlers))  # type: ignore[attr-defined]
