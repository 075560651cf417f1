"""Who is let through to LiveKit: asked by the proxy for every connection that wants to get there.

LiveKit sends everybody in a room tokens made anew, valid for ten minutes, with the rights they have at that moment, and
nobody can take these back. So the door looks at the record, not at what a token allows.
"""

from callcenter.core.domain.errors import NotAdmitted
from callcenter.core.domain.room_rights import Right
from callcenter.core.ports.media_server import Media
from callcenter.core.store import calls, room_rights
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.database.retry import retried


class Admission:
    def __init__(self, units: UnitOfWorkFactory, media: Media) -> None:
        self._units = units
        self._media = media

    @retried
    async def check(self, token: str) -> None:
        """Let an agent to the call that they have or that rings at them, and a phone to any that is not over.

        Raises NotAdmitted for anybody else, NotSignedIn for a token that LiveKit would not believe either.
        """
        bearer = self._media.bearer(token)
        async with self._units.reading(once=True) as (session, _):
            if bearer.phone:
                call = await calls.by_room(session, bearer.room_name)
                fine = call is None or call.ended_at is None
            else:
                stands = await room_rights.standing(session, bearer.room_name, bearer.identity)
                fine = stands is not None and stands.right is not Right.NONE
        if not fine:
            raise NotAdmitted()
