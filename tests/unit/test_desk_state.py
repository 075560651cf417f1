"""What the desk's states decide before any page is drawn."""

import json
from dataclasses import replace

import pytest

from callcenter.call_control.views import RoomGrant
from callcenter.entry.page_session import sign_in_address
from callcenter.entry.tab_owner import token_in
from callcenter.workspace.media import commands as media_commands
from callcenter.workspace.tab import caller_context
from callcenter.workspace.tab.desk_screen import scene
from callcenter.workspace.views import CurrentCallView, DeskView, EndedCallView, OfferView

OFFER = OfferView(id=5, call_id=9)
CALL = CurrentCallView(id=7, state="connected")
ENDED = EndedCallView(id=3)


@pytest.mark.parametrize(
    ("view", "call_id"),
    [
        (DeskView(), 0),
        (DeskView(offer=OFFER), 9),
        (DeskView(offer=OFFER, media_tab="here"), 9),
        (DeskView(call=CALL), 7),
        (DeskView(call=CALL, offer=OFFER), 7),
        (DeskView(ended=ENDED, wrapup_until="2026-01-01T00:00:00+00:00"), 0),
    ],
)
def test_a_tab_is_in_the_room_of_its_call_or_of_the_one_that_rings(view: DeskView, call_id: int) -> None:
    assert media_commands.wanted(view) == media_commands.Wanted(call_id)


def test_another_tabs_sound_is_left_alone() -> None:
    assert media_commands.wanted(DeskView(call=CALL, media_tab="elsewhere")) == media_commands.Wanted(0, elsewhere=True)
    assert media_commands.wanted(DeskView(media_tab="elsewhere")) == media_commands.Wanted(0)


def test_the_command_to_the_browser_is_data_and_never_script() -> None:
    grant = RoomGrant(1, "room'); alert('\u2028", "ws://x", 't"oken', True)
    script = str(media_commands.join(grant).args[0][1])
    assert script.isascii()
    facts = {"url": grant.url, "token": grant.token, "room": grant.room_name, "call": 1}
    assert all(f'["{name}"] : {json.dumps(value)}' in script for name, value in facts.items()), script


@pytest.mark.parametrize(
    ("view", "picture"),
    [
        (DeskView(), "offline"),
        (DeskView(presence="not_ready"), "not_ready"),
        (DeskView(presence="available"), "available"),
        (DeskView(presence="available", routable="missed", ended=ENDED), "missed"),
        (DeskView(presence="available", routable="rejected"), "paused"),
        (DeskView(presence="available", routable="device_error"), "device_error"),
        (DeskView(presence="not_ready", routable="missed"), "not_ready"),
        (DeskView(presence="available", offer=OFFER), "offered"),
        (DeskView(presence="available", call=CALL, offer=OFFER), "talking"),
        (DeskView(call=CurrentCallView(id=1, state="connecting")), "connecting"),
        (DeskView(call=CurrentCallView(id=1, state="dialing")), "dialing"),
        (DeskView(call=CurrentCallView(id=1, state="ringing")), "ringing"),
        (DeskView(presence="available", ended=ENDED), "ended"),
        (DeskView(presence="available", ended=ENDED, wrapup_until="2026-01-01T00:00:00+00:00"), "wrapup"),
    ],
)
def test_the_picture_follows_from_the_view(view: DeskView, picture: str) -> None:
    assert scene(view) == picture


def test_a_call_whose_wrap_up_was_shown_is_not_shown_again() -> None:
    assert scene(DeskView(presence="available", ended=ENDED), seen=ENDED.id) == "available"


def test_the_aside_is_read_again_when_a_call_moves_on() -> None:
    keys = {
        caller_context.key(view)
        for view in (
            DeskView(),
            DeskView(offer=OFFER),
            DeskView(call=CALL),
            DeskView(call=CurrentCallView(id=7, state="connecting")),
            DeskView(call=replace(CALL, agent_here=not CALL.agent_here)),
            DeskView(ended=ENDED),
        )
    }
    assert len(keys) == 6


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("", ""),
        ("callcenter_session=abc.def.ghi", "abc.def.ghi"),
        ("theme=dark; callcenter_session=abc; other=1", "abc"),
        ("not a cookie at all;;;", ""),
        ("callcenter_sessionX=abc", ""),
    ],
)
def test_the_token_comes_from_the_cookie(header: str, token: str) -> None:
    assert token_in(header, "callcenter_session") == token


@pytest.mark.parametrize(
    ("back_to", "address"),
    [
        ("/", "/sign-in"),
        ("/history", "/sign-in?next=%2Fhistory"),
        ("//evil.example", "/sign-in"),
        ("https://evil.example", "/sign-in"),
        ("/sign-in", "/sign-in"),
    ],
)
def test_signing_in_leads_back_into_this_site_only(back_to: str, address: str) -> None:
    assert sign_in_address(back_to) == address
