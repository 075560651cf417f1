"""Traces, for those who set OTEL_EXPORTER_OTLP_ENDPOINT: what a request or a click led to, and how long each part took.

Without an endpoint nothing is recorded and nothing of OpenTelemetry's SDK is imported. Spans carry ids and route
templates; never addresses with their parameters, numbers, or the texts of errors.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import context, propagate, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from callcenter.platform.errors import Refusal
from callcenter.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

SERVICE = "callcenter"

logger = logging.getLogger(__name__)
_tracer: Tracer | None = None


def configure(settings: Settings) -> "TracerProvider | None":
    """Begin to send traces if an endpoint is set. The SDK reads its own OTEL_* settings as well."""
    if not settings.otel_exporter_otlp_endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.error(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends traces is not installed. "
            "Run: python tools/locked_packages.py requirements-tracing.lock"
        )
        return None
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over the name given here.
    described = Resource({"service.name": SERVICE}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=Resource.create(described.attributes))
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    use(provider)
    return provider


def use(provider: "TracerProvider | None") -> None:
    """Record spans with this one; None: record nothing."""
    global _tracer
    _tracer = provider.get_tracer(SERVICE) if provider else None


@contextmanager
def request(name: str, headers: Mapping[str, str]) -> Iterator[Span]:
    """A request from outside, part of the caller's trace if its headers name one (W3C Trace Context)."""
    parent = propagate.extract(headers) if _tracer else context.get_current()
    with _recorded(name, SpanKind.SERVER, parent) as span:
        yield span


@contextmanager
def action(name: str) -> Iterator[Span]:
    """Something a person did at a desk."""
    with _recorded(name, SpanKind.INTERNAL, context.get_current()) as span:
        yield span


@contextmanager
def part(name: str, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """A part of what is being traced; nothing when nothing is."""
    if trace.get_current_span().is_recording():
        with _recorded(name, kind, context.get_current()) as span:
            yield span
    else:
        yield trace.INVALID_SPAN


def begin_part(name: str, kind: SpanKind) -> Span:
    """Like ``part``, for where there is no block: the caller ends it."""
    if _tracer is None or not trace.get_current_span().is_recording():
        return trace.INVALID_SPAN
    return _tracer.start_span(name, kind=kind)


@contextmanager
def _recorded(name: str, kind: SpanKind, parent: context.Context) -> Iterator[Span]:
    if _tracer is None:
        yield trace.INVALID_SPAN
        return
    with _tracer.start_as_current_span(
        name, parent, kind, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            if not isinstance(error, Refusal):
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
