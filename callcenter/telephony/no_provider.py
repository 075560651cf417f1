"""A centre without a way out: callers may come in, nobody can dial."""

from callcenter.core.ports.telephony_provider import DialOrder, Report
from callcenter.platform.errors import MediaError


class NoLine:
    name = "none"
    leg_from_start = True

    def can_dial(self) -> bool:
        return False

    async def dial(self, order: DialOrder, report: Report) -> None:
        raise MediaError("no telephone line is configured")

    async def hang_up(self, room_name: str) -> None:
        """Nothing was dialled."""

    async def close(self) -> None: ...
