"""The API as one FastAPI application, mounted beside the pages."""

import asyncio
import gc
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp

from callcenter.accounts import api as accounts_api
from callcenter.accounts import forms_api
from callcenter.audit import api as audit_api
from callcenter.bootstrap import services
from callcenter.call_control import api as call_control_api
from callcenter.call_control import media_admission_api
from callcenter.core.ports.media_server import WEBHOOK_PATH
from callcenter.event_stream import api as event_stream_api
from callcenter.history import api as history_api
from callcenter.monitoring import api as monitoring_api
from callcenter.monitoring import clock_api, metrics_api
from callcenter.platform.errors import DatabaseUnavailable
from callcenter.platform.http import openapi_docs
from callcenter.platform.http.admission import Lane, Signposts
from callcenter.platform.http.admission_middleware import Limits
from callcenter.platform.http.head_requests import Heads
from callcenter.platform.http.problem_details import Problem, add_not_found, add_problem_handlers, may_answer
from callcenter.platform.http.security_headers import Guard
from callcenter.platform.observability import tracing
from callcenter.room_events import api as room_events_api
from callcenter.signed_lanes import Doors
from callcenter.team import api as team_api
from callcenter.telephony import api as telephony_api
from callcenter.telephony.gateway import api as gateway_api

SIGNPOSTS = Signposts(
    always={metrics_api.FIGURES: Lane.FIGURES, media_admission_api.ADMISSION: Lane.ADMISSION},
    reading=dict.fromkeys(monitoring_api.PROBES, Lane.PROBE),
    writing={
        WEBHOOK_PATH: Lane.NOTIFICATION,
        **dict.fromkeys(gateway_api.GATEWAY_PATHS, Lane.GATEWAY),
        **dict.fromkeys((*accounts_api.PATHS, *forms_api.PATHS), Lane.SIGN_IN),
    },
)


def limited(app: ASGIApp) -> Limits:
    """Puts this system's limits around an application."""
    return Limits(app, SIGNPOSTS, accounts_api.account_of, lambda settings: Doors(settings).lane)


def guarded(app: ASGIApp, scripts: Collection[str] = ()) -> Guard:
    """Puts headers that protect, and limits for bodies, around an application; ``scripts`` as ``Guard`` has them."""
    return Guard(app, scripts, {WEBHOOK_PATH: room_events_api.LARGEST_WEBHOOK})


def create_api() -> FastAPI:
    """Every route beside the pages. Services are looked up with each request, so that tests may swap them."""
    api = FastAPI(
        title="callcenter",
        version="1",
        description="Calls, agents and events for programs. How to begin: see docs/api.md.",
        docs_url=None,
        redoc_url=None,
        # Its own spans would carry addresses with what was searched for (see platform/observability/tracing.py).
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    routers = [
        module.router
        for module in (
            accounts_api,
            team_api,
            room_events_api,
            media_admission_api,
            call_control_api,
            history_api,
            gateway_api,
            telephony_api,
            audit_api,
            event_stream_api,
            forms_api,
            monitoring_api,
            clock_api,
            metrics_api,
            openapi_docs,
        )
    ]
    routers.append(history_api.page_router)
    for router in routers:
        api.include_router(router)
    add_not_found(api, [route for router in routers for route in router.routes])
    add_problem_handlers(api)
    api.add_middleware(Heads)
    api.openapi = lambda: _documentation(api)  # type: ignore[method-assign]
    return api


def _documentation(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, in which every error is a problem document; some may be met anywhere."""
    if api.openapi_schema is None:
        document = get_openapi(title=api.title, version=api.version, description=api.description, routes=api.routes)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
        for operation in (one for path in document["paths"].values() for one in path.values()):
            anywhere = may_answer(400, 408, 413, 429, 503) if "requestBody" in operation else may_answer(429, 503)
            operation["responses"] = {str(code): text for code, text in anywhere.items()} | operation["responses"]
        api.openapi_schema = document
    return api.openapi_schema


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """The services' background work, for as long as the process serves."""
    known = services()
    traces = tracing.configure(known.settings)
    await known.start()
    # A full collection stops everything (a second on a busy machine), nearly all of it for what was loaded at the
    # start and stays. From here on only what has come since is looked through.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        with suppress(DatabaseUnavailable):
            await known.presence.let_go()
        await known.stop()
        if traces is not None:
            await asyncio.to_thread(traces.shutdown)
