"""The figures, for Prometheus."""

import hmac

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from callcenter.monitoring.gauges import FiguresService
from callcenter.platform.http.problem_details import problem
from callcenter.platform.registry import the
from callcenter.settings import Settings, ip_addresses

router = APIRouter(include_in_schema=False)
FIGURES = "/metrics"

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""A proxy on this machine speaks for somebody else."""


@router.get(FIGURES)
async def figures(request: Request) -> Response:
    """Everything that is counted and timed; see docs/observing.md."""
    token = the(Settings).metrics_token
    if token and not hmac.compare_digest(_sent(request).encode(), f"bearer {token}".encode()):
        challenge = {"WWW-Authenticate": "Bearer"}
        return problem(401, "not_signed_in", "Send METRICS_TOKEN as a bearer token.", headers=challenge)
    if not token and not _from_this_machine(request):
        return problem(403, "not_allowed", "Only this machine may read the figures, unless METRICS_TOKEN is set.")
    headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    return Response(await the(FiguresService).text(), headers=headers)


def _sent(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return f"{scheme.lower()} {token.strip()}"


def _from_this_machine(request: Request) -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    address = ip_addresses.read(request.client.host if request.client else "")
    return address is not None and address.is_loopback
