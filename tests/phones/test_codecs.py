"""Sound both ways through every codec that livekit-sip offers, and what becomes of one that it does not."""

import asyncio
import re

import pytest

from tests.builders import add_agent
from tests.support.baresip import G722, OPUS, PCMA, PCMU, Baresip, Codec
from tests.support.live_centre import SOON
from tests.support.phone_network import PhoneCentre
from tests.support.sip_messages import SipMessage
from tests.support.waiting import until

PHONE_HZ, AGENT_HZ = 440, 1000
PHONE_HIGH_HZ, AGENT_HIGH_HZ = 5200, 6100
"""Above the 4 kHz at which the sound of an ordinary telephone ends."""
CALLED = "+4930123456"
OFFERED = {"PCMU/8000", "PCMA/8000", "G722/8000", "telephone-event/8000"}
CODECS = pytest.mark.parametrize("codec", [PCMU, PCMA, G722], ids=lambda codec: codec.name)


def codecs(message: SipMessage) -> list[str]:
    """Those the SDP of a message names, in their order of preference."""
    types = re.search(r"^m=audio \d+ \S+ ([\d ]+)", message.text, re.MULTILINE)
    names = dict(re.findall(r"^a=rtpmap:(\d+) (\S+?)\r?$", message.text, re.MULTILINE))
    return [names[number].removesuffix("/1") for number in (types[1].split() if types else []) if number in names]


def spoken(phone: Baresip) -> str:
    """The codec that was agreed on: the first of the answer."""
    (answer,) = {codecs(one)[0] for one in phone.messages if one.code == 200 and one.method == "INVITE"}
    return answer


@CODECS
async def test_a_caller_and_an_agent_hear_each_other(centre: PhoneCentre, codec: Codec) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_call(codec=codec, tone=PHONE_HZ)
    _, ears = await centre.answered(anna, hertz=AGENT_HZ)
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, PHONE_HZ))
    assert phone.tones(PHONE_HZ, AGENT_HZ) == {AGENT_HZ}, "nobody hears themselves"
    assert ears.heard_tones(PHONE_HZ, AGENT_HZ) == {PHONE_HZ}, "nobody hears themselves"
    assert spoken(phone) == f"{codec.name}/8000"
    ears.mute()
    await phone.hears_not(AGENT_HZ)


@CODECS
async def test_a_called_phone_and_an_agent_hear_each_other(centre: PhoneCentre, codec: Codec) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_phone(codec=codec, tone=PHONE_HZ, number=CALLED)
    ears = await centre.listen(await centre.services.calls.dial(anna, CALLED), hertz=AGENT_HZ)
    await centre.shows(anna, lambda view: view.work == "talking")
    await asyncio.gather(phone.hears(AGENT_HZ), ears.wait_hears(SOON, PHONE_HZ))
    assert phone.tones(PHONE_HZ, AGENT_HZ) == {AGENT_HZ}, "nobody hears themselves"
    assert ears.heard_tones(PHONE_HZ, AGENT_HZ) == {PHONE_HZ}, "nobody hears themselves"
    (offer,) = {tuple(codecs(one)) for one in phone.messages if one.brief == "INVITE"}
    assert set(offer) == OFFERED
    assert spoken(phone) == f"{codec.name}/8000"
    await phone.hang_up()
    await centre.ended(anna)


async def test_g722_carries_what_is_too_high_for_an_ordinary_telephone(centre: PhoneCentre) -> None:
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_call(codec=G722, tone=PHONE_HIGH_HZ)
    _, ears = await centre.answered(anna, hertz=AGENT_HIGH_HZ)
    await asyncio.gather(phone.hears(AGENT_HIGH_HZ), ears.wait_hears(SOON, PHONE_HIGH_HZ))


async def test_a_phone_that_speaks_opus_only_is_refused_and_leaves_nothing(centre: PhoneCentre) -> None:
    """Opus ends at LiveKit: livekit-sip speaks it with rooms, and with telephones only what OFFERED says."""
    anna = await add_agent(centre.services, "Anna")
    phone = await centre.baresip_call(codec=OPUS, tone=PHONE_HZ)
    await until(lambda: phone.finals, SOON, lambda: f"no answer: {phone.received}")
    invite = next(one for one in phone.messages if one.brief == "INVITE")
    assert codecs(invite)[0].startswith("opus/")
    assert phone.finals == [400]
    assert (await centre.services.desk.view(anna)).work == "idle"
