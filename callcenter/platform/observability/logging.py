"""How everything that happens is written down: one line each, with ids, without numbers and secrets.

In production every line is a JSON object; at a terminal it is plain text. Code logs through the standard library
(``logging.getLogger(__name__)``), as the libraries do; what is true for a while (the request, the agent, the call)
is bound once and is in every line of that while.
"""

import logging
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from callcenter.settings import LogSettings, get_log_settings

LEFT_OUT = "[left out]"
SECRET_KEYS = re.compile(
    "number|caller|callee|phone|dialed|token|password|secret|authorization|cookie|api_?key|credential|jwt|room", re.I
)
"""Fields that are never written, whatever is in them. The names of callers' rooms begin with their numbers."""
SECRET_TEXTS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a token as LiveKit and this desk sign them
    r"|(?<=://)[^\s/@]+:[^\s/@]+(?=@)"  # user and password of an address
    r"|(?:\+|%2[Bb])\d[\d ()/.-]{5,}\d"  # a number with its country code
    r"|(?:(?<=call_)|(?<=sip_))\d{5,}"  # one without, in names that LiveKit makes of it
)
SOCKETS = ("engineio.server", "socketio.server")
OWN = "callcenter"
"""What is said here follows LOG_LEVEL. Libraries only warn: some of them write rows and messages out in full."""


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send everything this process logs through one formatter, to stderr. Doing it again only changes the settings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(settings))
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(max(level(settings), logging.WARNING))
    logging.getLogger(OWN).setLevel(level(settings))
    for name in ("_granian", "granian.access", *SOCKETS):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    for name in SOCKETS:
        # Without a level of their own they would write past this formatter as well.
        logging.getLogger(name).setLevel(logging.ERROR)


def level(settings: LogSettings) -> int:
    """A terminal shows what needs a look; a log keeps what happened."""
    name = settings.log_level or ("warning" if settings.debug else "info")
    return logging.getLevelNamesMapping()[name.upper()]


def formatter(settings: LogSettings) -> logging.Formatter:
    """One line for each event, as JSON or to be read."""
    as_json = (settings.log_format or ("console" if settings.debug else "json")) == "json"
    last: list[Processor] = (
        [structlog.processors.format_exc_info, leave_out, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [
            structlog.processors.format_exc_info,
            leave_out,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_trace,
            _drop_what_other_handlers_left,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def for_the_server() -> logging.Formatter:
    """For granian's own process, which knows nothing of this program (``cli/granian-log.json``)."""
    return formatter(get_log_settings())


def new_id() -> str:
    """For a request, or for something a person does at a desk."""
    return secrets.token_hex(8)


def bind(**ids: Any) -> None:
    """From here on every line of this task carries these."""
    structlog.contextvars.bind_contextvars(**ids)


def bound_now() -> dict[str, Any]:
    """What lines carry here and now, for work that is done elsewhere."""
    return structlog.contextvars.get_contextvars()


@contextmanager
def bound(**ids: Any) -> Iterator[None]:
    """Every line written within the block carries these."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


@contextmanager
def fresh(**ids: Any) -> Iterator[None]:
    """Every line written within the block carries these, and nothing that was bound before."""
    before = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**ids)
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**before)


def leave_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last look at a line before it is written: what must not be known is not in it."""
    return {key: LEFT_OUT if _secret(key) else _cleaned(value) for key, value in event.items()}


@lru_cache(maxsize=1000)
def _secret(key: str) -> bool:
    return SECRET_KEYS.search(key) is not None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return SECRET_TEXTS.sub(LEFT_OUT, value)
    if isinstance(value, dict):
        return {key: LEFT_OUT if _secret(str(key)) else _cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return SECRET_TEXTS.sub(LEFT_OUT, repr(value))


def _drop_what_other_handlers_left(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The standard library's formatters write their results into the record, which everybody shares."""
    for name in ("message", "asctime"):
        event.pop(name, None)
    return event


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Lines of a traced request name its trace."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event
