"""Asking a SIP server whether it is there, over a real network."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from callcenter.telephony.livekit_sip.options_ping import NoAnswer, ask, host_and_port
from tests.support.livekit_server import free_port

OK = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


class Udp(asyncio.DatagramProtocol):
    """Answers as ``reply`` says, from the request and how many came before."""

    def __init__(self, reply: Callable[[bytes, int], bytes | None]) -> None:
        self.reply = reply
        self.requests: list[bytes] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.requests.append(data)
        answer = self.reply(data, len(self.requests))
        if answer is not None:
            self.transport.sendto(answer, addr)


@asynccontextmanager
async def server(reply: Callable[[bytes, int], bytes | None]) -> AsyncIterator[tuple[str, Udp]]:
    port = free_port()
    endpoint = asyncio.get_running_loop().create_datagram_endpoint(lambda: Udp(reply), local_addr=("127.0.0.1", port))
    transport, protocol = await endpoint
    try:
        yield f"127.0.0.1:{port}", protocol
    finally:
        transport.close()


async def test_any_status_means_that_somebody_is_there() -> None:
    async with server(lambda _, __: b"SIP/2.0 405 Method Not Allowed\r\n\r\n") as (address, seen):
        assert await ask(address) == "405 Method Not Allowed"
    lines = seen.requests[0].decode().split("\r\n")
    assert lines[0] == f"OPTIONS sip:{address} SIP/2.0"
    names = [line.partition(":")[0] for line in lines[1:] if line]
    assert {"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Content-Length"} <= set(names)
    assert lines[-2:] == ["", ""]


async def test_a_request_that_is_lost_is_sent_again() -> None:
    async with server(lambda _, count: OK if count > 1 else None) as (address, seen):
        assert await ask(address) == "200 OK"
    assert seen.requests[0] == seen.requests[1]


async def test_silence_has_an_end() -> None:
    async with server(lambda _, __: None) as (address, _):
        with pytest.raises(NoAnswer, match=r"within 0\.6 s"):
            await ask(address, timeout=0.6)


async def test_something_else_answers() -> None:
    async with server(lambda _, __: b"\xff\x00 hello") as (address, _):
        with pytest.raises(NoAnswer, match="does not speak SIP"):
            await ask(address)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_nothing_listens_there(transport: str) -> None:
    with pytest.raises(NoAnswer, match="nothing listens there"):
        await ask(f"127.0.0.1:{free_port()}", transport)


async def test_over_tcp() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(OK if b"SIP/2.0/TCP" in request else b"\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        assert await ask(f"127.0.0.1:{port}", "tcp") == "200 OK"


async def test_a_connection_that_is_closed_without_a_word() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        with pytest.raises(NoAnswer):
            await ask(f"127.0.0.1:{listening.sockets[0].getsockname()[1]}", "tcp")


@pytest.mark.parametrize("address", ["host:port", "a..b:5060", "x" * 300])
async def test_what_is_no_address(address: str) -> None:
    with pytest.raises(NoAnswer):
        await ask(address)


@pytest.mark.parametrize(
    ("address", "transport", "expected"),
    [
        ("sip.example", "udp", ("sip.example", 5060)),
        ("sip.example", "tls", ("sip.example", 5061)),
        ("sip.example:5080", "tls", ("sip.example", 5080)),
        ("[2001:db8::1]", "tcp", ("2001:db8::1", 5060)),
        ("[2001:db8::1]:5070", "udp", ("2001:db8::1", 5070)),
    ],
)
def test_the_port_is_that_of_the_transport(address: str, transport: str, expected: tuple[str, int]) -> None:
    assert host_and_port(address, transport) == expected
