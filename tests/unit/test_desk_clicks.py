"""A click at the desk, with the state of one tab and no browser."""

import pytest
import reflex as rx

from callcenter.core.domain.agents import Actor, NotReadyReason, Presence
from callcenter.core.domain.errors import OfferGone
from callcenter.entry import tab_owner
from callcenter.platform.registry import the
from callcenter.presence.service import PresenceService
from callcenter.workspace.service import DeskService
from callcenter.workspace.tab.desk_state import Desk
from tests.builders import PASSWORD, Centre


class Asked:
    """Counts how often a click asks who is there, and how often it reads the desk."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self.identified = self.read = 0

    async def who(self) -> Actor:
        self.identified += 1
        return self._actor


@pytest.fixture
async def anna(centre: Centre) -> Actor:
    """An agent who has signed in at a desk."""
    await centre.agent("Anna")
    return (await centre.services.auth.sign_in("anna", PASSWORD, "198.51.100.7", "desk")).actor


@pytest.fixture
def asked(anna: Actor, monkeypatch: pytest.MonkeyPatch) -> Asked:
    counted, watched = Asked(anna), DeskService.watched

    async def reading(*arguments: object) -> object:
        counted.read += 1
        return await watched(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tab_owner, "actor", counted.who)
    monkeypatch.setattr(DeskService, "watched", reading)
    return counted


@pytest.fixture
def tab(asked: Asked) -> Desk:
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]  # as Reflex itself makes a tab's state
    found = root.get_substate(Desk.get_full_name().split("."))
    assert isinstance(found, Desk)
    return found


async def test_a_click_identifies_once_and_shows_at_once_what_it_did(tab: Desk, asked: Asked) -> None:
    async def lunch(actor: Actor) -> None:
        await the(PresenceService).set(actor, Presence.NOT_READY, NotReadyReason.LUNCH)

    assert await tab._do(lunch) is None
    assert (tab.view.presence, tab.view.presence_reason) == ("not_ready", "lunch")
    assert (asked.identified, asked.read) == (1, 1)


async def test_a_click_that_is_refused_shows_how_things_are(tab: Desk, asked: Asked) -> None:
    async def too_late(*_: object) -> None:
        raise OfferGone()

    assert await tab._do(too_late) is not None, "says why"
    assert tab.view.presence == "available"
    assert (asked.identified, asked.read) == (1, 1)


async def test_a_dial_identifies_once(tab: Desk, asked: Asked) -> None:
    grant, refusal, leave = await tab._dial("030 1234567")
    assert grant is not None
    assert (refusal, leave) == (None, None)
    assert tab.view.call.id == grant.call_id
    assert (asked.identified, asked.read) == (1, 1)
