"""A caller who claims to call from a whole network, to be taken for an address that is allowed."""

from dataclasses import replace

import pytest

from callcenter.core.ports.media_server import SIP_HOST, Notification
from callcenter.core.store import calls
from tests.builders import Centre

ROOM = "call_forged"


@pytest.mark.parametrize(("host", "let_in"), [("203.0.113.0/24", False), ("203.0.113.5", True), ("", True)])
async def test_it_is_turned_away_without_becoming_a_call(centre: Centre, host: str, let_in: bool) -> None:
    media = centre.media
    seen = media.caller_joins(ROOM)
    people = media.world[ROOM].people
    people[seen.identity] = replace(seen, attributes={**seen.attributes, SIP_HOST: host})
    media.outbox.clear()
    await centre.reconcile()
    assert (ROOM in media.world) is let_in
    assert await _known(centre) is let_in


async def test_word_of_its_leaving_makes_no_call_either(centre: Centre) -> None:
    seen = centre.media.caller_joins(ROOM)
    room = next(one for one in await centre.media.rooms() if one.name == ROOM)
    centre.media.outbox.clear()
    forged = replace(seen, attributes={**seen.attributes, SIP_HOST: "203.0.113.5/32"})
    await centre.notify(Notification("EV_1", "participant_left", room, forged))
    assert not await _known(centre)


async def _known(centre: Centre) -> bool:
    async with centre.services.units.reading() as (session, _):
        return await calls.by_room(session, ROOM) is not None
