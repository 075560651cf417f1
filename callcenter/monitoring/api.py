"""For those who watch over the system: does the process live, can it work."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.responses import Response

from callcenter.monitoring.health import HealthService
from callcenter.platform.pubsub.redis_bridge import Relay
from callcenter.platform.registry import the
from callcenter.settings import Settings

router = APIRouter(tags=["health"])
PROBES = ("/healthz", "/readyz")


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answers as soon as the program serves requests."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Something it needs is missing"}})
async def readyz() -> Response:
    """200 when calls can be taken: the database is there and of this version, and LiveKit answers.

    The checks are at most a second old.

    ``other_workers`` is for information: without Redis each goes on alone, a few seconds behind the others.
    """
    checks = await the(HealthService).recent()
    ready = all(checks.values())
    named = {name: "ok" if fine else "failed" for name, fine in checks.items()}
    if the(Settings).redis_url:
        named["other_workers"] = "cut off" if the(Relay).cut_off else "ok"
    return JSONResponse({"status": "ok" if ready else "unavailable", "checks": named}, 200 if ready else 503)
