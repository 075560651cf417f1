"""How LiveKit's own API is reached."""

from time import perf_counter
from typing import Any

import aiohttp
from livekit import api
from opentelemetry.trace import SpanKind

from callcenter.platform.observability import metrics, tracing
from callcenter.settings import Settings

REQUEST_SECONDS = 5
"""How long one request may take; dialling, which waits for a phone, sets its own."""


def livekit_api(settings: Settings) -> api.LiveKitAPI:
    """Must be made, and closed with ``aclose``, inside the running event loop."""
    session = aiohttp.ClientSession(
        # Each phone that rings holds a connection, and a session has no more than a hundred unless told otherwise.
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
        trace_configs=[_measured()],
    )
    return _Client(
        settings.livekit_url,
        settings.livekit_api_key,
        settings.livekit_api_secret,
        session=session,
        failover=False,
    )


class _Client(api.LiveKitAPI):
    """It closes the session that was made for it."""

    async def aclose(self) -> None:
        await super().aclose()
        if self._session is not None:
            await self._session.close()


def _measured() -> aiohttp.TraceConfig:
    """Every request is timed, by the method that was called, and is a span where something is traced."""
    config = aiohttp.TraceConfig()

    async def started(_session: Any, context: Any, params: aiohttp.TraceRequestStartParams) -> None:
        context.began, context.method = perf_counter(), params.url.name
        context.span = tracing.begin_part(f"LiveKit {context.method}", SpanKind.CLIENT)

    async def answered(_session: Any, context: Any, params: aiohttp.TraceRequestEndParams) -> None:
        _finished(context, str(params.response.status))

    async def failed(_session: Any, context: Any, _params: aiohttp.TraceRequestExceptionParams) -> None:
        _finished(context, "no_answer")

    config.on_request_start.append(started)
    config.on_request_end.append(answered)
    config.on_request_exception.append(failed)
    return config


def _finished(context: Any, result: str) -> None:
    metrics.MEDIA_SECONDS.labels(context.method, result).observe(perf_counter() - context.began)
    context.span.set_attribute("result", result)
    context.span.end()
