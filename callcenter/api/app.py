"""The API as one FastAPI application, mounted beside the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from callcenter.api import forms, health, webhook
from callcenter.api.problems import add_not_found, add_problem_handlers
from callcenter.bootstrap import services


def create_api() -> FastAPI:
    """Every route beside the pages. Services are looked up with each request, so that tests may swap them."""
    api = FastAPI(
        title="callcenter",
        version="1",
        description="Calls, agents and events for programs. How to begin: see docs/api.md.",
    )
    for router in (forms.router, health.router, webhook.router):
        api.include_router(router)
    add_not_found(api)
    add_problem_handlers(api)
    return api


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """The services' background work, for as long as the process serves."""
    known = services()
    await known.start()
    try:
        yield
    finally:
        await known.stop()
