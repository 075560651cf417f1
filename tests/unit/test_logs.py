"""What a line of the log looks like, and what is never in one."""

import asyncio
import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from callcenter.platform.observability import logging as observability_logging
from callcenter.settings import LogSettings

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLXRoaXM"
logger = logging.getLogger("callcenter.test")


@pytest.fixture
def out() -> Iterator[StringIO]:
    """Where the log goes. The process logs as before when the test is over."""
    root, own = logging.getLogger(), logging.getLogger(observability_logging.OWN)
    before = root.handlers[:], root.level, own.level
    yield StringIO()
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def lines(out: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def configure(out: StringIO, **changes: Any) -> None:
    observability_logging.configure(LogSettings(**({"log_format": "json"} | changes)), out)


def test_a_line_is_an_object_with_the_ids_of_its_while(out: StringIO) -> None:
    configure(out)
    with observability_logging.bound(request_id="r1"):
        logger.info("call", extra={"call_id": 7})
    logger.info("later")
    first, second = lines(out)
    assert (first["event"], first["request_id"], first["call_id"], first["level"]) == ("call", "r1", 7, "info")
    assert first["logger"] == "callcenter.test"
    assert str(first["timestamp"]).endswith("Z")
    assert "request_id" not in second


async def test_what_is_bound_in_one_request_is_not_in_another(out: StringIO) -> None:
    configure(out)
    both_there = asyncio.Barrier(2)

    async def request(name: str, agent_id: int) -> None:
        with observability_logging.fresh(request_id=name):
            observability_logging.bind(agent_id=agent_id)
            await both_there.wait()
            logger.info("in the middle")

    await asyncio.gather(request("one", 1), request("two", 2))
    assert {(line["request_id"], line["agent_id"]) for line in lines(out)} == {("one", 1), ("two", 2)}


@pytest.mark.parametrize(
    "key", ["caller_id", "dialed_number", "password", "metrics_token", "Authorization", "Cookie", "livekit_room_name"]
)
def test_fields_that_must_not_be_known_are_left_out(out: StringIO, key: str) -> None:
    configure(out)
    logger.info("something", extra={key: "4711", "detail": {key: "4712"}, "call_id": 3})
    assert "4711" not in out.getvalue()
    assert "4712" not in out.getvalue()
    assert lines(out)[0]["call_id"] == 3


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("no room call_+4915112345678_x7 any more", "15112345678"),
        ("no room call_4915112345678_x7 any more", "15112345678"),
        ("sip_4915112345678 has left", "15112345678"),
        ("it is +49 (30) 901820-0 again", "901820"),
        ("GET /call?number=%2B4930901820 failed", "901820"),
        (f"the token {TOKEN} is old", TOKEN),
        ("cannot reach postgresql://desk:hunter2@db/desk", "hunter2"),
    ],
)
def test_numbers_and_secrets_are_cut_out_of_texts(out: StringIO, text: str, hidden: str) -> None:
    configure(out)
    logger.warning(text)
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("it failed")
    assert hidden not in out.getvalue()
    assert observability_logging.LEFT_OUT in str(lines(out)[0]["event"])
    assert "ValueError" in str(lines(out)[1]["exception"])


@pytest.mark.parametrize(
    "text", ["2026-11-22T23:21:08.632468Z", "took 1234567 ms", "127.0.0.1:4717", "a1b2c3d4e5f60718"]
)
def test_what_is_harmless_stays(out: StringIO, text: str) -> None:
    configure(out)
    logger.info(text)
    assert lines(out)[0]["event"] == text


def test_a_terminal_is_quiet_and_readable_and_a_log_complete(out: StringIO) -> None:
    observability_logging.configure(LogSettings(debug=True), out)
    logger.info("nothing to see")
    logger.warning("look here", extra={"call_id": 5})
    assert "nothing to see" not in out.getvalue()
    assert "look here" in out.getvalue()
    assert "call_id=5" in out.getvalue()
    observability_logging.configure(LogSettings(debug=False), out)
    logger.info("what happened")
    assert json.loads(out.getvalue().splitlines()[-1])["event"] == "what happened"


def test_libraries_and_the_server_write_the_same_way_once(out: StringIO) -> None:
    configure(out, log_level="debug")
    configure(out, log_level="debug")
    logging.getLogger("sqlalchemy.engine").info("a row with everything in it")
    logging.getLogger("_granian").error("worker %d ended", 1)
    assert [(line["logger"], line["event"]) for line in lines(out)] == [("_granian", "worker 1 ended")]


def test_settings_that_cannot_be_read_do_not_silence_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    assert isinstance(observability_logging.for_the_server(), logging.Formatter)
