"""Traces: what is in them, what is not, and that they arrive where they are wanted."""

import builtins
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from callcenter.core.livekit.room_client import LiveKitServer as Media
from callcenter.platform.errors import MediaError, NotFound
from callcenter.platform.observability import metrics, tracing
from tests.builders import Centre
from tests.conftest import MakeAgent, MakeSettings
from tests.integration.conftest import SignIn
from tests.support.livekit_server import LiveKitServer, free_port

NUMBER = "+4915112345678"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What has been recorded; the process records nothing before and after."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.use(None)


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in spans.get_finished_spans() if span.name == name)


def below(parent: ReadableSpan, spans: InMemorySpanExporter) -> list[str]:
    """The names of the parts of a span."""
    own = parent.get_span_context()
    return [one.name for one in spans.get_finished_spans() if one.parent and own and one.parent.span_id == own.span_id]


async def test_a_request_and_its_parts_are_one_trace(
    http: httpx.AsyncClient, login: SignIn, centre: Centre, agent: MakeAgent, spans: InMemorySpanExporter
) -> None:
    headers = await login(await agent("Anna"))
    call_id = await centre.call_in(NUMBER)
    spans.clear()
    await http.post(f"/api/calls/{call_id}/answer", headers=headers | {"traceparent": f"00-{TRACE}-{SPAN}-01"})
    request = named(spans, "POST /api/calls/{call_id}/answer")
    assert below(request, spans) == ["database read", "database write"]
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    assert {f"{one.context.trace_id:032x}" for one in spans.get_finished_spans() if one.context} == {TRACE}
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == SPAN


async def test_neither_numbers_nor_what_was_searched_for_is_in_a_trace(
    http: httpx.AsyncClient, login: SignIn, centre: Centre, agent: MakeAgent, spans: InMemorySpanExporter
) -> None:
    headers = await login(await agent("Anna"))
    await centre.call_in(NUMBER)
    await http.get(f"/api/calls?number=%2B{NUMBER[1:]}", headers=headers)
    await http.post("/api/calls/outbound", headers=headers, json={"number": NUMBER})
    recorded = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "GET /api/calls" in recorded
    for secret in (NUMBER[1:], headers["Authorization"][7:], "Bearer"):
        assert secret not in recorded


async def test_a_refusal_is_no_error_and_an_error_is_named_without_its_text(spans: InMemorySpanExporter) -> None:
    for error in (NotFound(), ValueError(NUMBER)):
        with pytest.raises(type(error)), tracing.action("Desk.answer"):
            raise error
    refused, failed = spans.get_finished_spans()
    assert refused.status.status_code is StatusCode.UNSET
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, "ValueError")
    assert not failed.events


async def test_what_nobody_asked_for_is_not_traced(centre: Centre, spans: InMemorySpanExporter) -> None:
    await centre.services.sweeper.run()
    await centre.services.reconciler.run()
    assert spans.get_finished_spans() == ()


async def test_requests_to_livekit_are_timed_and_traced(
    make_settings: MakeSettings, spans: InMemorySpanExporter
) -> None:
    server = LiveKitServer.boot(f"http://127.0.0.1:{free_port()}/nobody")
    media = Media(
        make_settings(livekit_url=server.url, livekit_api_key=server.api_key, livekit_api_secret=server.api_secret)
    )
    before = _requests("ListRooms", "200"), _requests("ListRooms", "no_answer")
    with tracing.action("Desk.answer"):
        await media.rooms()
    server.stop()
    with tracing.action("Desk.hang_up"), pytest.raises(MediaError):
        await media.rooms()
    await media.close()
    assert (_requests("ListRooms", "200"), _requests("ListRooms", "no_answer")) == (before[0] + 1, before[1] + 1)
    assert below(named(spans, "Desk.answer"), spans) == ["LiveKit ListRooms"]
    assert below(named(spans, "Desk.hang_up"), spans) == ["LiveKit ListRooms"]


def _requests(method: str, result: str) -> float:
    samples = next(iter(metrics.MEDIA_SECONDS.labels(method, result).collect())).samples
    return next(sample.value for sample in samples if sample.name.endswith("_count"))


# Sending them


class Receiver(HTTPServer):
    """What stands at the other end of OTEL_EXPORTER_OTLP_ENDPOINT."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.received: list[tuple[str, ExportTraceServiceRequest]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quietly."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("named", ["callcenter", "desk-of-berlin"])
def test_they_arrive_where_the_endpoint_is(
    make_settings: MakeSettings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    if named != tracing.SERVICE:
        monkeypatch.setenv("OTEL_SERVICE_NAME", named)
    provider = tracing.configure(make_settings(otel_exporter_otlp_endpoint=receiver.url))
    assert provider is not None
    with tracing.action("Desk.answer"), tracing.part("database write"):
        pass
    provider.shutdown()
    tracing.use(None)
    ((path, request),) = receiver.received
    resource = request.resource_spans[0]
    assert path == "/v1/traces"
    names = [one.value.string_value for one in resource.resource.attributes if one.key == "service.name"]
    assert names == [named]
    assert [span.name for span in resource.scope_spans[0].spans] == ["database write", "Desk.answer"]


def test_without_the_packages_the_desk_runs_and_says_what_is_missing(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    find = builtins.__import__

    def without_the_sdk(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ImportError(name)
        return find(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_the_sdk)
    assert tracing.configure(make_settings(otel_exporter_otlp_endpoint="http://127.0.0.1:9")) is None
    assert "python tools/locked_packages.py requirements-tracing.lock" in caplog.text


def test_without_an_endpoint_nothing_is_recorded(make_settings: MakeSettings) -> None:
    assert tracing.configure(make_settings()) is None
    with tracing.action("Desk.answer") as span:
        assert not span.is_recording()
