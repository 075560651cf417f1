"""Whether a SIP server is there: OPTIONS, which every one of them answers (RFC 3261, section 11)."""

import asyncio
import secrets
import socket
import ssl
from contextlib import suppress

DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}
RESEND_SECONDS = 0.5
LONGEST_ANSWER = 8192


class NoAnswer(Exception):
    """Nobody answered there as a SIP server does; the text says what happened instead."""


def host_and_port(address: str, transport: str = "udp") -> tuple[str, int]:
    """``host``, ``host:port`` or ``[IPv6]:port``; the port of the transport when none is given."""
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        return address.strip("[]"), DEFAULT_PORT[transport]
    return host.strip("[]"), int(port)


async def ask(address: str, transport: str = "udp", timeout: float = 2.0) -> str:
    """Send OPTIONS and return the status of the answer, such as “200 OK”; any status means that somebody is there.

    ``timeout`` is in seconds. Raises NoAnswer.
    """
    try:
        host, port = host_and_port(address, transport)
        async with asyncio.timeout(timeout):
            answer = await (_over_udp(host, port) if transport == "udp" else _over_stream(host, port, transport))
    except TimeoutError:
        raise NoAnswer(f"no answer within {timeout:g} s") from None
    except socket.gaierror:
        raise NoAnswer("there is no such host") from None
    except (ValueError, UnicodeError):
        raise NoAnswer("that is no address") from None
    except (OSError, EOFError) as error:
        raise NoAnswer(_why(error)) from None
    version, _, status = answer.partition(b"\r\n")[0].decode(errors="replace").partition(" ")
    if version != "SIP/2.0":
        raise NoAnswer("something answers there, but it does not speak SIP")
    return status


def _why(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails ({error.reason or 'handshake'})"
    return (error.strerror if isinstance(error, OSError) else None) or "the connection was closed without an answer"


async def _over_udp(host: str, port: int) -> bytes:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Listener(answered), remote_addr=(host, port))
    try:
        request = _request(host, port, "UDP", transport.get_extra_info("sockname"))
        while not answered.done():
            transport.sendto(request)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(answered), RESEND_SECONDS)
        return answered.result()
    finally:
        transport.close()


async def _over_stream(host: str, port: int, transport: str) -> bytes:
    context = ssl.create_default_context() if transport == "tls" else None
    reader, writer = await asyncio.open_connection(host, port, ssl=context, limit=LONGEST_ANSWER)
    try:
        writer.write(_request(host, port, transport.upper(), writer.get_extra_info("sockname")))
        await writer.drain()
        return await reader.readuntil(b"\r\n")
    finally:
        writer.close()


def _request(host: str, port: int, transport: str, own: tuple[str, int]) -> bytes:
    here = f"[{own[0]}]:{own[1]}" if ":" in own[0] else f"{own[0]}:{own[1]}"
    there = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = (
        f"OPTIONS sip:{there} SIP/2.0",
        f"Via: SIP/2.0/{transport} {here};rport;branch=z9hG4bK{secrets.token_hex(8)}",
        "Max-Forwards: 70",
        f"From: <sip:callcenter@{here}>;tag={secrets.token_hex(4)}",
        f"To: <sip:{there}>",
        f"Call-ID: {secrets.token_hex(12)}",
        "CSeq: 1 OPTIONS",
        "Accept: application/sdp",
        "Content-Length: 0",
        "\r\n",
    )
    return "\r\n".join(lines).encode()


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, answered: "asyncio.Future[bytes]") -> None:
        self._answered = answered

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._answered.done():
            self._answered.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(exc)
