"""What the rules forbid never reaches the carrier, and what they allow does, as it should look there."""

import asyncio
import json
from contextlib import suppress

import pytest
from livekit import rtc

from callcenter.audit.domain import AuditAction
from callcenter.core.domain.agents import SYSTEM, Actor
from callcenter.dialing.errors import (
    CallerIdNotOwned,
    CountryNotAllowed,
    DialRefused,
    EmergencyNotAllowed,
    LinesBusy,
    NetworkNotAllowed,
    NumberBlocked,
    OwnNumber,
    PremiumNotAllowed,
    ShortNumberNotAllowed,
    TooManyDials,
)
from tests.builders import add_agent
from tests.phones.conftest import OpenCentre
from tests.support.phone_network import SUPPORT, PhoneCentre
from tests.support.sipp import Sipp

BERLIN = "030 2312 5010"
FORBIDDEN: tuple[tuple[str, type[DialRefused]], ...] = (
    ("+43 1 234567890", CountryNotAllowed),
    ("+1 473 440 1234", CountryNotAllowed),
    ("+870 773 111 632", NetworkNotAllowed),
    ("0900 1 123456", PremiumNotAllowed),
    ("0900 1 123456 99", PremiumNotAllowed),
    ("1-1-2", EmergencyNotAllowed),
    ("+49 110", EmergencyNotAllowed),
    ("116 117", ShortNumberNotAllowed),
    ("030 901820", OwnNumber),
    ("030 2312 5099", NumberBlocked),
)


async def rules_on_record(centre: PhoneCentre) -> list[str]:
    entries = await centre.services.audit.list(SYSTEM, action=AuditAction.DIAL_REFUSED)
    return [one.detail["rule"] for one in reversed(entries)]


async def asked_for(phone: Sipp) -> tuple[str, str]:
    """The number in the first request that reached the carrier, and the one it shows."""
    invite = await phone.got("INVITE")
    number = invite.text.split("sip:", 1)[1].partition("@")[0]
    return number, invite.header("From").split("sip:", 1)[1].partition("@")[0]


def calls_of(phone: Sipp) -> set[str]:
    """All that the carrier has been asked for."""
    return {one.header("Call-ID") for one in phone.messages if not one.sent and one.brief == "INVITE"}


async def hang_up(centre: PhoneCentre, actor: Actor) -> None:
    view = await centre.services.desk.view(actor)
    await centre.services.calls.hang_up(actor, view.call.id)


async def test_what_is_forbidden_never_reaches_the_carrier(open_centre: OpenCentre) -> None:
    centre = await open_centre(dials_per_minute=20, dial_blocked_prefixes="+493023125099")
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone()
    for text, refusal in FORBIDDEN:
        with pytest.raises(refusal):
            await centre.services.calls.dial(anna, text)
    once = [refusal.code for _, refusal in FORBIDDEN]
    once.remove(EmergencyNotAllowed.code)
    assert await rules_on_record(centre) == once
    await centre.services.calls.dial(anna, BERLIN)
    assert await asked_for(phone) == ("+493023125010", SUPPORT), (
        "the first call the carrier has seen is the allowed one"
    )
    await hang_up(centre, anna)
    await phone.got("CANCEL")


async def test_a_call_for_help_goes_out_as_it_was_dialled(open_centre: OpenCentre) -> None:
    centre = await open_centre(dial_emergency="allow", dials_per_minute=0, max_outbound_calls=0)
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone()
    with pytest.raises(TooManyDials):
        await centre.services.calls.dial(anna, BERLIN)
    await centre.services.calls.dial(anna, "+49 112")
    assert (await asked_for(phone))[0] == "112"
    await hang_up(centre, anna)
    await phone.got("CANCEL")


async def test_no_more_calls_at_once_than_are_allowed(open_centre: OpenCentre) -> None:
    centre = await open_centre(max_outbound_calls=1)
    anna, ben = await add_agent(centre.services, "Anna"), await add_agent(centre.services, "Ben")
    phone = await centre.sipp_phone(calls=2)
    dials = (centre.services.calls.dial(actor, BERLIN) for actor in (anna, ben))
    results = await asyncio.gather(*dials, return_exceptions=True)
    assert [type(one) for one in results].count(LinesBusy) == 1
    await phone.got("INVITE")
    first, other = (anna, ben) if isinstance(results[1], LinesBusy) else (ben, anna)
    await hang_up(centre, first)
    await phone.got("CANCEL")
    assert len(calls_of(phone)) == 1
    await centre.services.calls.dial(other, BERLIN)
    await phone.until(lambda _: len(calls_of(phone)) == 2)
    await hang_up(centre, other)
    await phone.over()


async def test_the_number_shown_is_the_centres_or_none(open_centre: OpenCentre) -> None:
    centre = await open_centre(outbound_caller_id="+49 30 5555555")
    anna = await add_agent(centre.services, "Anna")
    with pytest.raises(CallerIdNotOwned):
        await centre.services.calls.dial(anna, BERLIN)
    assert await rules_on_record(centre) == ["caller_id_not_owned"]
    assert (await centre.services.desk.view(anna)).work == "idle"


@pytest.mark.parametrize("keys", ["allow", "refuse"])
async def test_who_may_press_keys_may_write_into_the_signalling(open_centre: OpenCentre, keys: str) -> None:
    """livekit-sip puts what it is given into its BYE, line breaks and all; so the right to send data can be refused."""
    centre = await open_centre(telephone_keys=keys)
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.sipp_phone(answers=True)
    grant = await centre.services.calls.dial(anna, BERLIN)
    ears = await centre.listen(grant)
    await centre.shows(anna, lambda desk: desk.work == "talking", 20)
    await ears.wait_talks(10)  # the rights are granted once she is there
    leg = next(one for one in await centre.services.media.participants(grant.room_name) if one.phone)
    with suppress(rtc.RpcError):
        await ears.room.local_participant.perform_rpc(
            destination_identity=leg.identity,
            method="lk.sip.EndCall",
            payload=json.dumps({"headers": {"X-One": "1\r\nX-Two: 2"}}),
            response_timeout=2,
        )
    if keys == "refuse":
        await hang_up(centre, anna)
    assert ("X-Two: 2" in (await phone.got("BYE")).text.splitlines()) is (keys == "allow")
