"""The API as one FastAPI application, mounted beside the pages."""

import asyncio
import gc
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp

from callcenter import tracing
from callcenter.api import (
    agents,
    audit,
    calls,
    documentation,
    forms,
    health,
    history,
    lines,
    media,
    metrics,
    sign_in,
    socket,
    telephony,
    time,
    webhook,
)
from callcenter.api.doors import Doors
from callcenter.api.guard import Guard
from callcenter.api.heads import Heads
from callcenter.api.lanes import Lane, Signposts
from callcenter.api.limits import Limits
from callcenter.api.problems import Problem, add_not_found, add_problem_handlers, may_answer
from callcenter.bootstrap import services
from callcenter.domain.errors import DatabaseUnavailable
from callcenter.services.media import WEBHOOK_PATH

SIGNPOSTS = Signposts(
    always={metrics.FIGURES: Lane.FIGURES, media.ADMISSION: Lane.ADMISSION},
    reading=dict.fromkeys(health.PROBES, Lane.PROBE),
    writing={
        WEBHOOK_PATH: Lane.NOTIFICATION,
        **dict.fromkeys(telephony.GATEWAY_PATHS, Lane.GATEWAY),
        **dict.fromkeys((*sign_in.PATHS, *forms.PATHS), Lane.SIGN_IN),
    },
)


def limited(app: ASGIApp) -> Limits:
    """Puts this system's limits around an application."""
    return Limits(app, SIGNPOSTS, sign_in.account_of, lambda settings: Doors(settings).lane)


def guarded(app: ASGIApp, scripts: Collection[str] = ()) -> Guard:
    """Puts headers that protect, and limits for bodies, around an application; ``scripts`` as ``Guard`` has them."""
    return Guard(app, scripts, {WEBHOOK_PATH: webhook.LARGEST_WEBHOOK})


def create_api() -> FastAPI:
    """Every route beside the pages. Services are looked up with each request, so that tests may swap them."""
    api = FastAPI(
        title="callcenter",
        version="1",
        description="Calls, agents and events for programs. How to begin: see docs/api.md.",
        docs_url=None,
        redoc_url=None,
        # Its own spans would carry addresses with what was searched for; see callcenter/tracing.py.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    routers = [
        module.router
        for module in (
            sign_in,
            agents,
            webhook,
            media,
            calls,
            history,
            telephony,
            lines,
            audit,
            socket,
            forms,
            health,
            time,
            metrics,
            documentation,
        )
    ]
    routers.append(history.page_router)
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
