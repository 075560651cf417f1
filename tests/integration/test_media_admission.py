"""What the proxy in front of LiveKit is told about those who want to get there."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import pytest
from starlette.datastructures import Headers

from callcenter.api_app import SIGNPOSTS
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.events import SignInsEnded
from callcenter.core.livekit.room_client import LiveKitServer
from callcenter.core.ports.media_server import Bearer
from callcenter.platform.http.admission import TOO_LATE, Lane, lane_of
from callcenter.settings import Settings
from tests.builders import Centre
from tests.fakes import FakeMedia

DOOR = "/api/media/admission"
OLD_SECRET = "an-older-secret-for-tests-0123456789abcdef"


class BelievingMedia(FakeMedia):
    """The fake, with the room tokens of the real one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._livekit = LiveKitServer(settings)
        self.token, self.phone_token = self._livekit.token, self._livekit.phone_token  # type: ignore[method-assign]

    def bearer(self, token: str) -> Bearer:
        return self._livekit.bearer(token)


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(livekit_old_keys=f"oldkey:{OLD_SECRET}")


@pytest.fixture
def media(settings: Settings) -> BelievingMedia:
    return BelievingMedia(settings)


def asked_for(token: str, **more: str) -> dict[str, str]:
    """The headers of a proxy that asks about somebody who wants to connect with that token."""
    query = "&".join(f"{name}={quote(value)}" for name, value in {"access_token": token, **more}.items())
    return {"X-Forwarded-Uri": f"/rtc/v1?auto_subscribe=1&{query}", "X-Forwarded-Method": "GET"}


async def admitted(http: httpx.AsyncClient, token: str, **more: str) -> int:
    return (await http.get(DOOR, headers=asked_for(token, **more))).status_code


async def ringing(centre: Centre) -> tuple[Actor, int, str]:
    """An agent at whom a call rings, and the room token they are given."""
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    return anna, call_id, (await centre.services.calls.join_room(anna, call_id)).token


def refreshed(settings: Settings, token: str, key: tuple[str, str] | None = None, **claims: Any) -> str:
    """The same token as LiveKit makes it anew: with every right, for ten minutes."""
    key_id, secret = key or (settings.livekit_api_key, settings.livekit_api_secret)
    before = jwt.decode(token, options={"verify_signature": False})
    video = before["video"] | {"canPublish": True, "canSubscribe": True, "canPublishData": True}
    return jwt.encode(before | {"video": video, "iss": key_id, "exp": int(time.time()) + 600} | claims, secret, "HS256")


async def test_whom_it_rings_at_and_who_has_the_call_is_let_in_and_nobody_after_the_call(
    http: httpx.AsyncClient, centre: Centre, settings: Settings
) -> None:
    anna, call_id, token = await ringing(centre)
    again = refreshed(settings, token)
    assert [await admitted(http, one) for one in (token, again)] == [204, 204]
    await centre.answer(anna, call_id)
    assert [await admitted(http, one) for one in (token, again)] == [204, 204]
    await centre.services.calls.hang_up(anna, call_id)
    assert [await admitted(http, one) for one in (token, again)] == [403, 403]


async def test_who_has_lost_the_call_is_not_let_in_again_even_when_it_is_offered_to_them_anew(
    http: httpx.AsyncClient, centre: Centre, settings: Settings
) -> None:
    anna, call_id, token = await ringing(centre)
    stolen = refreshed(settings, token)
    await centre.answer(anna, call_id)
    await centre.agent_drops_out(anna, call_id)
    assert await admitted(http, stolen) == 204, "they may come back"
    await centre.later(26)
    assert await admitted(http, stolen) == 403
    await centre.services.presence.clear_routable(anna)
    assert (await centre.offer(anna)).call_id == call_id
    assert await admitted(http, stolen) == 403
    assert await admitted(http, (await centre.services.calls.join_room(anna, call_id)).token) == 204
    await centre.answer(anna, call_id)
    assert await admitted(http, stolen) == 403


async def test_who_lets_it_pass_is_not_let_in(http: httpx.AsyncClient, centre: Centre) -> None:
    anna, call_id, token = await ringing(centre)
    await centre.agent("Ben")
    await centre.services.calls.decline(anna, call_id)
    assert await admitted(http, token) == 403


async def test_who_dials_is_let_in_until_it_is_over(http: httpx.AsyncClient, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    grant = await centre.services.calls.dial(anna, "030 1234567")
    assert await admitted(http, grant.token) == 204
    await centre.services.calls.hang_up(anna, grant.call_id)
    assert await admitted(http, grant.token) == 403


async def test_a_call_is_kept_for_an_agent_whose_sign_in_has_ended(http: httpx.AsyncClient, centre: Centre) -> None:
    anna, call_id, token = await ringing(centre)
    await centre.answer(anna, call_id)
    ada = await centre.agent("Ada", available=False)
    async with centre.services.units.begin() as unit:
        unit.record(SignInsEnded(anna.id))
    assert await admitted(http, token) == 204
    assert ada.id != anna.id


async def test_phones_are_let_in_until_their_call_is_over(http: httpx.AsyncClient, centre: Centre) -> None:
    phone = centre.media.phone_token("call_1", "phone_1", {})
    assert await admitted(http, phone) == 204, "its call begins when it is there"
    call_id = await centre.call_in(room="call_1")
    assert await admitted(http, phone) == 204
    await centre.caller_hangs_up(call_id)
    assert await admitted(http, phone) == 403


async def test_a_token_of_any_key_that_livekit_takes_counts_and_no_other(
    http: httpx.AsyncClient, centre: Centre, settings: Settings
) -> None:
    _, _, token = await ringing(centre)
    assert await admitted(http, refreshed(settings, token, ("oldkey", OLD_SECRET))) == 204
    assert await admitted(http, refreshed(settings, token, ("oldkey", settings.livekit_api_secret))) == 401
    assert await admitted(http, refreshed(settings, token, ("testkey", "x" * 40))) == 401
    assert await admitted(http, refreshed(settings, token, exp=int(time.time()) - 120)) == 401
    unsigned = jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", "none")
    assert await admitted(http, unsigned) == 401
    for nothing in ({}, {"X-Forwarded-Uri": "/rtc"}, {"X-Forwarded-Uri": "//["}, {"Authorization": "Bearer x"}):
        assert (await http.get(DOOR, headers=nothing)).status_code == 401


@pytest.mark.parametrize("changes", [{"sub": ""}, {"sub": "agent_anna"}, {"sub": "agent_anna.1#more"}, {"video": {}}])
async def test_what_a_token_says_has_to_be_what_the_record_says(
    http: httpx.AsyncClient, centre: Centre, settings: Settings, changes: dict[str, Any]
) -> None:
    anna, call_id, token = await ringing(centre)
    await centre.answer(anna, call_id)
    assert await admitted(http, refreshed(settings, token)) == 204
    assert await admitted(http, refreshed(settings, token, **changes)) in (401, 403)


async def test_the_token_that_is_looked_at_is_the_one_that_livekit_takes(
    http: httpx.AsyncClient, centre: Centre, settings: Settings
) -> None:
    """Where there are two, or one lets in under another name, nobody need guess."""
    anna, call_id, token = await ringing(centre)
    stolen = refreshed(settings, token)
    await centre.answer(anna, call_id)
    fine = asked_for(token)
    assert (await http.get(DOOR, headers={"X-Original-URI": fine["X-Forwarded-Uri"]})).status_code == 204
    assert (await http.get(DOOR, headers={"Authorization": f"Bearer {token}"})).status_code == 204
    for two in (
        fine | {"Authorization": f"Bearer {stolen}"},
        fine | {"X-Original-URI": f"/rtc?access_token={stolen}"},
        {"X-Forwarded-Uri": f"{fine['X-Forwarded-Uri']}&%61ccess_token={stolen}"},
        {"X-Forwarded-Uri": f"{fine['X-Forwarded-Uri']}#&access_token={stolen}"},
    ):
        assert (await http.get(DOOR, headers=two)).status_code == 403
    assert await admitted(http, stolen, publish="more") == 403


def test_the_door_opens_as_long_as_agents_may_act() -> None:
    """It is no search that can wait: nobody would be heard after a reload."""
    lane = lane_of({"path": DOOR, "method": "GET"}, Headers(), SIGNPOSTS)
    assert lane is Lane.ADMISSION
    assert lane not in TOO_LATE, "whoever has answered has to get to the caller, however busy the desk is"


async def test_somebody_elses_token_opens_no_other_room(
    http: httpx.AsyncClient, centre: Centre, settings: Settings
) -> None:
    anna, call_id, token = await ringing(centre)
    await centre.answer(anna, call_id)
    ben = await centre.agent("Ben")
    other = await centre.talk(ben, "+493055502")
    room = (await centre.call(other)).livekit_room_name
    assert await admitted(http, refreshed(settings, token, video={"roomJoin": True, "room": room})) == 403
    assert await admitted(http, refreshed(settings, token, video={"roomJoin": True})) == 401
