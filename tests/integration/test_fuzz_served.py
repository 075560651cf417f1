"""HTTP as nobody should speak it, to the program as it is served: it answers or hangs up, and others go on."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.desk_app import DeskApp

PATIENCE = 60.0
NO_FAULT = "5"
"""How the status of a server's own fault begins."""
ROUTES = ("/api/login", "/api/register", "/auth/sign-in", "/api/calls/inbound", "/api/telephony/calls", "/healthz", "/")
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(autouse=True)
async def _others_go_on(fuzzed: DeskApp) -> AsyncIterator[None]:
    before = len(fuzzed.log)
    yield
    async with httpx.AsyncClient(base_url=fuzzed.url, trust_env=False, timeout=PATIENCE) as client:
        assert (await client.get("/healthz")).status_code == 200
    said = fuzzed.log[before:]
    assert "Traceback" not in said, said[-4000:]


async def say(app: DeskApp, *pieces: bytes) -> bytes:
    """The answer to these bytes, as far as it comes; empty when the connection is closed without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(PATIENCE):
            return await reader.read(4096)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def status(answer: bytes) -> str:
    """Of an HTTP answer; empty for none."""
    return answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/1.1 ") else ""


def request(line: str, headers: str = "", body: bytes = b"") -> bytes:
    return f"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n".encode("latin-1") + body


NO_HTTP = [
    b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"G\xffT / HTTP/1.1\r\n\r\n", b"\x16\x03\x01",
    b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxx",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", b"GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("sent", NO_HTTP, ids=lambda sent: repr(sent[:16]))
async def test_what_is_no_http(fuzzed: DeskApp, sent: bytes) -> None:
    assert status(await say(fuzzed, sent))[:1] in ("", "4")


LENGTHS = ["-1", "+5", "0x10", "1e3", "9" * 30, "\u00b2", "5, 5", "5\r\nContent-Length: 6", " ", "5;"]


@pytest.mark.parametrize("length", LENGTHS, ids=repr)
@pytest.mark.parametrize("path", ["/api/login", "/api/calls/inbound"])
async def test_lengths_that_are_none(fuzzed: DeskApp, path: str, length: str) -> None:
    answer = await say(fuzzed, request(f"POST {path}", f"{FORM}Content-Length: {length}\r\n", b"a=b&c"))
    assert status(answer)[:1] in ("", "4")


@pytest.mark.parametrize("path", ROUTES)
async def test_more_than_is_taken(fuzzed: DeskApp, path: str) -> None:
    for sent in (
        request(f"GET {path}?{'x' * 60_000}"),
        request(f"GET {path}", "".join(f"X-{number}: y\r\n" for number in range(200))),
        request(f"GET {path}", f"Cookie: callcenter_session={'x' * 60_000}\r\n"),
        request(f"GET {path}", f"Authorization: Bearer {'x' * 60_000}\r\n"),
        request(f"POST {path}", f"{FORM}Content-Length: 99999999999\r\n", b"x" * 1000),
        request(f"POST {path}", f"{FORM}Content-Length: 3000000\r\n", b"x" * 3_000_000),
        request(
            f"POST {path}",
            f"{FORM}Transfer-Encoding: chunked\r\n",
            b"186A0\r\n" + b"x" * 100_000 + b"\r\n" + b"0\r\n\r\n",
        ),
        request(f"POST {path}", f"{FORM}Transfer-Encoding: chunked\r\n", b"ZZZ\r\nx\r\n0\r\n\r\n"),
        request(f"POST {path}", f"{FORM}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
        request(f"{'M' * 5000} {path}"),
        request(f"FROBNICATE {path}"),
    ):
        assert status(await say(fuzzed, sent))[:1] != NO_FAULT, sent[:60]


ODD_HEADERS = [
    "Cookie: callcenter_session=\x80\xff; =; ;;; a=b=c; \"\r\n", "Cookie: " + "a=b; " * 2000 + "\r\n",
    "Authorization: Bearer \xff\xfe\r\n", "Authorization: Basic OjpbOg==\r\n", "Authorization: \r\n",
    "X-Request-ID: \x1b[31m\r\n", "X-Forwarded-For: " + ", ".join(["1.2.3.4"] * 3000) + "\r\n",
    "Origin: \xe4\r\n", "Accept: " + "text/csv" * 500 + "\r\n", "Content-Encoding: gzip\r\n", "Expect: nonsense\r\n",
    "Range: bytes=9-1\r\n", "If-Modified-Since: yesterday\r\n", "Upgrade: websocket\r\n", "Accept-Encoding: \xff\r\n",
    "Range: bytes=" + "0-1," * 2000 + "\r\n", "traceparent: 00-zz-zz-zz\r\n", "Host: evil.example\r\n",
]  # fmt: skip


@pytest.mark.parametrize("headers", ODD_HEADERS, ids=lambda text: repr(text[:30]))
async def test_odd_headers(fuzzed: DeskApp, headers: str) -> None:
    for path in ("/", "/api/agents/me", "/api/calls", "/auth/history.csv", "/metrics", "/docs/swagger-ui.css"):
        assert status(await say(fuzzed, request(f"GET {path}", headers)))[:1] != NO_FAULT, path
    assert status(await say(fuzzed, request("POST /auth/sign-out", headers)))[:1] != NO_FAULT


ODD_PATHS = [
    "//", "/%", "/%zz", "/%00", "/api/%00", "/api/calls/%F0%9F%92%A9", "/../../etc/passwd", "/api/../metrics",
    "/%2e%2e/%2e%2e/",
    "/docs/%2e%2e%2fapp.py", "/docs/..%5capp.py", "/assets/%ff%fe", "/api/calls/1%0d%0aX:y", "/_event", "/_event/",
    "/_event/?EIO=4&transport=polling", "/_event/?EIO=9&transport=websocket", "/_event/?transport=x&sid=y",
    "/_event/?EIO=4&transport=polling&j=;alert(1)", "/api/ws", "/api/calls?since=%00", "/api/calls?after=%ff",
    "/auth/history.csv?until=9999-12-31T23:59:59%2B00:00", "/auth/history.csv?agent_id=99999999999999999999",
    "/call?id=%00", "/sign-in?next=%0d%0aX:%20y&error=%3Cscript%3E", "/openapi.json?x=%ED%A0%80", "*",
    "/_upload", "/_health", "/ping",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD_PATHS)
async def test_odd_addresses(fuzzed: DeskApp, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
        answer = await say(fuzzed, request(f"{method} {path}", "Content-Length: 0\r\n"))
        assert status(answer)[:1] != NO_FAULT, method
        assert b"root:" not in answer
        assert b"import " not in answer


BOUNDARY = "multipart/form-data; boundary=x"
FORMS = [
    ("application/x-www-form-urlencoded", b"username=%ff&password=%00&" + b"&" * 5000),
    ("application/x-www-form-urlencoded", b"a=b&" * 10000),
    ("application/x-www-form-urlencoded; charset=utf-7", b"username=+AGE-"),
    ("application/x-www-form-urlencoded", b"username=" + b"\xff" * 300 + b"&password=%ED%A0%80"),
    (BOUNDARY, b""), (BOUNDARY, b"--x"), (BOUNDARY, b"--x\r\n\r\n"), (BOUNDARY, b"--y--\r\n"),
    (BOUNDARY, b"--x\r\nContent-Disposition: form-data\r\n\r\nz\r\n--x--\r\n"),
    (BOUNDARY, b'--x\r\nContent-Disposition: form-data; name="username"; filename="a"\r\n\r\nz\r\n--x--\r\n'),
    (BOUNDARY, b'--x\r\nContent-Disposition: form-data; name="username\r\n\r\nz\r\n--x--\r\n'),
    (BOUNDARY, b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n\xff\xfe\r\n--x--\r\n'),
    (BOUNDARY, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 1100 + b"--x--\r\n"),
    ("multipart/form-data", b"x"), ("multipart/form-data; boundary=", b"x"),
    ("multipart/form-data; boundary=" + "y" * 5000, b"x"),
    ("application/json", b"{" * 3000), ("application/json", b"\xff"), ("text/\xff", b"x"),
    ("", b"x"), ("x" * 3000, b"x"),
    ("application/json; charset=utf-16", '{"username":"x"}'.encode("utf-16")),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/api/login", "/auth/sign-in", "/api/register", "/auth/sign-out"])
async def test_forms_that_are_none(fuzzed: DeskApp, path: str) -> None:
    for kind, body in FORMS if path == "/api/register" else FORMS[::3]:  # the others look at a password each time
        headers = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        assert status(await say(fuzzed, request(f"POST {path}", headers, body)))[:1] != NO_FAULT, (
            kind[:40],
            body[:60],
        )


async def test_bodies_that_never_come_hold_nobody_up(fuzzed: DeskApp) -> None:
    """Each stays open with half of what it promised; others are answered meanwhile."""
    half = [request(f"POST {path}", f"{FORM}Content-Length: 500\r\n", b"username=") for path in ROUTES * 4]
    half += [b"POST /api/login HTTP/1.1\r\nHost: loc"] * 10
    opened = [await asyncio.open_connection("127.0.0.1", fuzzed.port) for _ in half]
    for (_, writer), sent in zip(opened, half, strict=True):
        writer.write(sent)
        await writer.drain()
    async with httpx.AsyncClient(base_url=fuzzed.url, trust_env=False, timeout=PATIENCE) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.post("/auth/sign-in", data={"username": "x", "password": "y"})).status_code == 303
    for _, writer in opened:
        writer.close()
