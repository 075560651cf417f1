"""Who holds the ports of this machine."""

import asyncio
from collections.abc import AsyncIterator

from callcenter.cli.doctor.finding import Finding, Group
from callcenter.cli.doctor.socket_checks import desk_answers
from callcenter.settings import Settings

NAME = "Ports"
PATIENCE_SECONDS = 2.0


async def check(settings: Settings) -> AsyncIterator[Finding]:
    group = Group(NAME)
    if await desk_answers(settings):
        yield group.ok(f"the desk serves on port {settings.port}")
    elif await _taken(settings.port):
        yield group.fail(
            f"another program holds port {settings.port}, which is the desk's",
            f"Stop it (who it is: ss -ltnp sport = :{settings.port}), or set PORT to a free one.",
        )
    else:
        yield group.warn(f"port {settings.port} is free: the desk does not run on this machine", "Start the desk.")


async def _taken(port: int) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
