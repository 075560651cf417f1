"""The lanes of those who sign what they send: who may enter is told from the headers, before any body is read."""

from starlette.datastructures import Headers
from starlette.types import Scope

from callcenter.core.livekit.webhook_keys import Seals
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.bounds import whole_number
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.http.admission import Lane
from callcenter.platform.registry import the
from callcenter.room_events.api import SIGNED_DIGEST
from callcenter.settings import Settings
from callcenter.telephony.gateway import signature

LONGEST_BODY = 1024 * 1024


class Doors:
    """What LiveKit and a telephony gateway have to show. Anything else waits with everybody."""

    def __init__(self, settings: Settings) -> None:
        self._seals = Seals(settings)
        self._gateway = settings.telephony == "webhook"

    def lane(self, lane: Lane, scope: Scope, headers: Headers) -> Lane:
        """Returns ``lane`` or that of all others. Marks a notification without a good signature."""
        if lane is Lane.NOTIFICATION:
            scope[SIGNED_DIGEST] = self._digest(headers)
            may_enter = scope[SIGNED_DIGEST] is not None
        else:
            now = the(UnitOfWorkFactory).clock().timestamp()
            may_enter = self._gateway and signature.is_in_time(headers.get(signature.HEADER, ""), now)
        return lane if may_enter and _says_how_long(headers) else Lane.ACT

    def _digest(self, headers: Headers) -> bytes | None:
        try:
            return self._seals.digest(headers.get("authorization", ""))
        except NotSignedIn:
            return None


def _says_how_long(headers: Headers) -> bool:
    """A body in chunks may be of any length. The server hands on no more of a body than was said."""
    return "transfer-encoding" not in headers and bool(whole_number(headers.get("content-length", ""), LONGEST_BODY))
