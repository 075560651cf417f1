"""The frame of a page: what fills it, and the events with which every page in it begins."""

from collections.abc import Iterator

import pytest
import reflex as rx

from callcenter.callcenter import PAGES
from callcenter.entry import page_frame
from callcenter.entry.page_session import Session
from callcenter.workspace.tab.tab_state import Live

OUTSIDE = {"/sign-in", "/register"}


@pytest.fixture
def _frame_of_the_product() -> Iterator[None]:
    before = page_frame._slots
    yield
    page_frame.fill(before)


def test_every_page_of_the_signed_in_asks_who_is_there_before_anything_else() -> None:
    framed = {route: on_load for route, _, _, on_load in PAGES if route not in OUTSIDE}
    assert {"/", "/history", "/team", "/accounts"} <= framed.keys()
    for route, on_load in framed.items():
        assert list(on_load[:2]) == [Session.guard, Live.watch], route
        assert len(on_load) > 2, f"{route} has no event of its own"


@pytest.mark.usefixtures("_frame_of_the_product")
def test_the_frame_shows_what_it_was_filled_with_and_the_page() -> None:
    page_frame.fill(
        page_frame.Slots(
            bar=lambda: rx.el.header("the bar"),
            notices=(lambda: rx.el.p("a notice"),),
            dialogs=(lambda: rx.el.p("a dialog"),),
            navigation=(page_frame.Destination(rx.Var.create("Somewhere"), "map", "/somewhere"),),
        )
    )
    shown = str(page_frame.shell(rx.el.h1("the page"), title="Page", current="/somewhere"))
    places = [shown.index(text) for text in ("the bar", "a notice", "/somewhere", "the page", "a dialog")]
    assert places == sorted(places)
