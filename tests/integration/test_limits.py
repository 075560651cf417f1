"""How much one client may take, and all of them together; who is refused is told why, and the others notice nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
import socketio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.api_app import limited
from callcenter.bootstrap import Services
from callcenter.platform import recent_value
from callcenter.platform.http import admission_middleware, websocket_admission
from callcenter.platform.http.admission import Lane
from callcenter.platform.http.admission_middleware import Limits
from callcenter.platform.overload.event_loop_lag import FEWEST
from callcenter.settings import Settings
from callcenter.telephony.gateway.signature import HEADER, sign
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeAgent, MakeSettings
from tests.integration.conftest import SignIn
from tests.support.asgi_socket import Closed, Socket
from tests.support.notices import deliver, joined, signed
from tests.support.signed import SignedMedia
from tests.support.waiting import until

GATEWAY_SECRET = "a secret of the gateway 0123456789abcdef"
ELSEWHERE = ("203.0.113.9", 40000)


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(
        max_sockets=5,
        max_sockets_signed_out=4,
        max_api_sockets_per_account=2,
        max_requests=20,
        max_requests_per_account=3,
        max_requests_per_address=8,
        max_notifications=2,
    )


@pytest.fixture
async def media(settings: Settings) -> SignedMedia:
    return SignedMedia(settings)


class Held:
    """An application whose answers are held back, in front of which the limits stand."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.inside = 0
        self.limits = limited(self.app)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        await self.let_go.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def reads(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Waits for a body."""
        self.inside += 1
        await receive()
        await receive()

    def client(self, address: tuple[str, int] = ("198.51.100.7", 1)) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.limits, client=address), base_url="http://desk")

    async def has(self, count: int) -> None:
        """Waits until so many have come in."""
        await until(lambda: self.inside >= count, 10, lambda: f"{self.inside} of {count} are inside")

    async def fill(self, count: int, path: str, client: httpx.AsyncClient, **more: Any) -> "list[asyncio.Task[Any]]":
        """So many requests that are not answered."""
        before = self.inside
        tasks = [asyncio.create_task(client.get(path, **more)) for _ in range(count)]
        await self.has(before + count)
        return tasks


@pytest.fixture
async def held(services: Services) -> AsyncIterator[Held]:
    house = Held()
    yield house
    house.let_go.set()


async def refusal(client: httpx.AsyncClient, path: str, **more: Any) -> tuple[int, str]:
    answer = await client.get(path, **more)
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    return answer.status_code, answer.json()["code"]


# Requests


async def test_one_address_cannot_take_all(held: Held) -> None:
    async with held.client() as one, held.client(ELSEWHERE) as other:
        tasks = await held.fill(8, "/team", one)
        assert await refusal(one, "/team") == (429, "too_many_at_once")
        tasks += await held.fill(1, "/team", other)
        held.let_go.set()
        assert {task.result().status_code for task in await _all(tasks)} == {204}
        assert (await one.get("/team")).status_code == 204, "afterwards there is room again"


async def test_the_addresses_of_one_ipv6_network_cannot_take_all(held: Held) -> None:
    async with held.client(("2001:db8:7:7::1", 1)) as other, held.client(("2001:db8:7:8::1", 1)) as next_door:
        tasks = []
        for number in range(8):
            async with held.client((f"2001:DB8:7:7:0::{number}", 1)) as client:
                tasks += await held.fill(1, "/team", client)
        assert await refusal(other, "/team") == (429, "too_many_at_once")
        tasks += await held.fill(1, "/team", next_door)
        held.let_go.set()
        await _all(tasks)


async def test_one_account_cannot_take_all(held: Held, services: Services, agent: MakeAgent) -> None:
    await agent("Anna")
    token = (await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "api")).token
    mine = {"Authorization": f"Bearer {token}"}
    async with held.client() as client:
        tasks = await held.fill(3, "/api/agents", client, headers=mine)
        assert await refusal(client, "/api/agents", headers=mine) == (429, "too_many_at_once")
        tasks += await held.fill(1, "/api/agents", client)
        held.let_go.set()
        await _all(tasks)


async def test_a_full_house_refuses_what_can_wait_and_keeps_room_for_calls(held: Held) -> None:
    clients = [held.client((f"203.0.113.{number}", 1)) for number in range(4)]
    tasks = [task for client in clients[:2] for task in await held.fill(5, "/api/calls", client)]
    assert await refusal(clients[2], "/api/calls") == (503, "overloaded")
    tasks += [task for client in clients[:2] for task in await held.fill(3, "/", client)]
    tasks += await held.fill(2, "/", clients[2])
    assert await refusal(clients[3], "/") == (503, "overloaded")
    acting = [asyncio.create_task(clients[3].post("/api/calls/1/answer")) for _ in range(2)]
    await held.has(20)
    assert (await clients[3].post("/api/calls/1/answer")).status_code == 503, "and in the end it is full"
    tasks += await held.fill(1, "/healthz", clients[3])
    held.let_go.set()
    await _all([*tasks, *acting])
    for client in clients:
        await client.aclose()


async def test_notifications_have_a_lane_of_their_own_that_only_livekit_can_fill(
    held: Held, settings: Settings
) -> None:
    async with held.client() as everybody, held.client() as livekit:
        tasks = await held.fill(8, "/team", everybody)
        assert (await everybody.post("/api/calls/inbound")).status_code == 429, "not signed: like anybody else"
        news = [asyncio.create_task(deliver(livekit, settings, joined(f"EV_{n}", f"call_{n}"))) for n in range(2)]
        await held.has(10)
        full = await deliver(livekit, settings, joined("EV_3", "call_3"))
        assert (full.status_code, full.headers["retry-after"]) == (503, "2")
        held.let_go.set()
        await _all([*tasks, *news])


class Slow(httpx.AsyncByteStream):
    """A body of so many bytes that never comes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()


def slow_body(length: int | None = 500) -> dict[str, Any]:
    """For a request; without a length it is said to come in chunks."""
    headers = {"Content-Length": str(length)} if length is not None else {"Transfer-Encoding": "chunked"}
    return {"content": Slow(), "headers": headers}


def room_token(settings: Settings, *, signed_by: int = 0, **changes: Any) -> str:
    """What an agent has in their browser, or LiveKit has refreshed there with whichever of its keys."""
    pairs = [(settings.livekit_api_key, settings.livekit_api_secret), *settings.livekit_keys]
    key, secret = pairs[signed_by]
    grants = {"roomJoin": True, "room": "call_1", "canPublish": True}
    claims = {"iss": key, "sub": "agent_anna", "name": "Anna", "exp": int(time.time()) + 120, "video": grants}
    return jwt.encode(claims | changes, secret, "HS256")


HASH = "A" * 43 + "="
FORGERIES = [
    {}, {"signed_by": 1}, {"exp": int(time.time()) - 3600}, {"exp": int(time.time()) - 3600, "signed_by": 1},
    {"sha256": HASH}, {"sha256": HASH, "signed_by": 1}, {"sha256": "", "video": {}, "signed_by": 1},
    {"sha256": HASH, "signed_by": 1, "exp": int(time.time()) - 3600, "video": {}, "sub": "", "name": ""},
    {"sha256": HASH, "signed_by": 1, "nbf": int(time.time()) + 3600, "video": {}, "sub": "", "name": ""},
    {"sha256": HASH, "signed_by": 0, "video": {}, "sub": "", "name": ""},
    {"sha256": HASH, "signed_by": 1, "iss": "testkey", "video": {}, "sub": "", "name": ""},
]  # fmt: skip


@pytest.mark.parametrize("forged", FORGERIES, ids=repr)
async def test_no_other_token_of_livekits_keys_holds_up_notifications(
    app: ASGIApp, http: httpx.AsyncClient, settings: Settings, forged: dict[str, Any]
) -> None:
    """Room tokens, expired or not, with whichever key they are signed: their bodies are not even waited for."""
    slow = slow_body()
    slow["headers"] |= {"Authorization": room_token(settings, **forged)}
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(http.post("/api/calls/inbound", **slow) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {401}
        crowd = [asyncio.create_task(http.post("/api/calls/inbound", **slow)) for _ in range(100)]
        genuine = await deliver(http, settings, {"id": "EV_1", "event": "room_started", "room": {"name": "call_1"}})
        assert genuine.status_code == 204
        await asyncio.gather(*crowd)


async def test_a_notification_that_was_overheard_holds_nobody_up_for_long(
    held: Held, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its token opens the lane for some minutes: to a body of the length said, for two seconds, and to a part of it."""
    monkeypatch.setattr(admission_middleware, "SIGNED_SECONDS", 0.1)
    overheard = signed(settings, b"{}")["Authorization"]
    reading = limited(held.reads)
    transport = httpx.ASGITransport(reading, client=("203.0.113.66", 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as attacker:
        slow, chunks = slow_body(), slow_body(None)
        for one in (slow, chunks):
            one["headers"] |= {"Authorization": overheard}
        async with asyncio.timeout(10):
            waited = asyncio.create_task(attacker.post("/api/calls/inbound", **slow))
            in_chunks = asyncio.create_task(attacker.post("/api/calls/inbound", **chunks))
            await until(lambda: held.inside >= 2, 10, lambda: "not inside")
            assert reading.lanes._by_lane == {Lane.NOTIFICATION: 1, Lane.ACT: 1}, "chunks wait with everybody"
            await waited
            in_chunks.cancel()


async def test_a_notification_that_comes_too_slowly_is_asked_for_again(
    http: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission_middleware, "SIGNED_SECONDS", 0.05)
    slow = slow_body()
    slow["headers"] |= {"Authorization": signed(settings, b"{}")["Authorization"]}
    answer = await http.post("/api/calls/inbound", **slow)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_one_address_cannot_fill_the_lane_of_notifications(held: Held, services: Services) -> None:
    object.__setattr__(services.settings, "max_notifications", 8)
    async with held.client() as overheard, held.client(ELSEWHERE) as livekit:
        news = [
            asyncio.create_task(deliver(overheard, services.settings, joined(f"EV_{n}", f"call_{n}"))) for n in range(6)
        ]
        await held.has(6)
        assert (await deliver(overheard, services.settings, joined("EV_7", "call_7"))).status_code == 429
        news.append(asyncio.create_task(deliver(livekit, services.settings, joined("EV_8", "call_8"))))
        await held.has(7)
        held.let_go.set()
        await _all(news)


class TestWithAGateway:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(
            telephony="webhook",
            telephony_webhook_url="http://127.0.0.1:9/gateway",
            telephony_webhook_secret=GATEWAY_SECRET,
            max_requests=20,
            max_notifications=4,
        )

    async def test_a_gateways_requests_have_a_lane_of_their_own(self, held: Held, services: Services) -> None:
        path, now = "/api/telephony/calls", services.clock().timestamp()
        old = {HEADER: sign(b"{}", GATEWAY_SECRET, now - 3600)}
        good = {HEADER: sign(b"{}", GATEWAY_SECRET, now)}
        async with held.client() as strangers, held.client(ELSEWHERE) as gateway:
            crowd = [asyncio.create_task(strangers.post(path, content=b"{}", headers=old)) for _ in range(10)]
            await held.has(10)
            assert (await strangers.post(path, content=b"{}", headers=old)).status_code == 503, "acts of strangers"
            crowd += [asyncio.create_task(strangers.post(path, content=b"{}", headers=good)) for _ in range(3)]
            await held.has(13)
            assert (await strangers.post(path, content=b"{}", headers=good)).status_code == 429
            crowd.append(asyncio.create_task(gateway.post(path, content=b"{}", headers=good)))
            await held.has(14)
            held.let_go.set()
            await _all(crowd)


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/calls/outbound"), ("GET", "/api/media/admission")])
async def test_strangers_leave_room_for_the_acts_of_agents(
    held: Held, services: Services, agent: MakeAgent, method: str, path: str
) -> None:
    """Whoever has not signed in can hold a request open with a slow body; half of the room is not theirs."""
    await agent("Anna")
    token = (await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "api")).token
    clients = [held.client((f"203.0.113.{number}", 1)) for number in range(3)]
    tasks = [asyncio.create_task(client.request(method, path)) for client in clients[:2] for _ in range(5)]
    await held.has(10)
    assert (await clients[2].request(method, path)).status_code == 503
    mine = {"Authorization": f"Bearer {token}"}
    tasks.append(asyncio.create_task(clients[2].post("/api/calls/outbound", headers=mine)))
    await held.has(11)
    held.let_go.set()
    await _all(tasks)
    for client in clients:
        await client.aclose()


async def test_probes_are_never_crowded_out_and_ask_once(
    http: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, let_go, alive = 0, asyncio.Event(), services.media.alive

    async def slowly() -> bool:
        nonlocal asked
        asked += 1
        await let_go.wait()
        return await alive()

    monkeypatch.setattr(services.media, "alive", slowly)
    crowd = [asyncio.create_task(http.request(("GET", "HEAD")[n % 2], "/readyz")) for n in range(300)]
    await until(lambda: bool(asked), 10, lambda: "nothing was asked")
    crowd[0].cancel()
    assert (await http.get("/healthz")).status_code == 200
    mine = asyncio.create_task(http.get("/readyz"))
    let_go.set()
    assert {task.result().status_code for task in await _all([*crowd[1:], mine])} == {200}
    assert asked == 1
    monkeypatch.setattr(recent_value, "FRESH_SECONDS", 0)
    assert (await http.get("/readyz")).status_code == 200
    assert asked == 2, "what is older is asked anew"


async def test_scrapes_take_no_room_from_probes(held: Held) -> None:
    async with held.client() as everybody, held.client(ELSEWHERE) as other:
        tasks = await held.fill(24, "/metrics", everybody)
        assert await refusal(everybody, "/metrics") == (429, "too_many_at_once"), "one address cannot fill it"
        tasks += await held.fill(8, "/metrics", other)
        assert await refusal(other, "/metrics") == (503, "overloaded")
        tasks += await held.fill(50, "/readyz", everybody)
        held.let_go.set()
        await _all(tasks)


async def test_a_process_that_is_late_turns_away_the_cheapest_to_lose_first(
    held: Held, services: Services, settings: Settings
) -> None:
    held.let_go.set()
    asked = {
        "search": ("GET", "/api/calls"),
        "sign-in": ("POST", "/auth/sign-in"),
        "answer": ("POST", "/api/calls/1/answer"),
        "page": ("GET", "/"),
        "probe": ("GET", "/healthz"),
    }
    async with held.client() as client:
        for times, refused in ((0.5, 0), (1.5, 1), (3, 2), (5, 3)):
            for _ in range(FEWEST + 20):
                services.load.note(times * settings.overload_lag_seconds)
            answers = {name: (await client.request(*how)).status_code for name, how in asked.items()}
            assert list(answers.values()) == [503] * refused + [204] * (5 - refused), times
            notified = await deliver(client, settings, joined())
            assert notified.status_code == 204


async def _all(tasks: "list[asyncio.Task[Any]]") -> "list[asyncio.Task[Any]]":
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    return tasks


# Slow clients


async def test_a_body_that_trickles_is_not_waited_for(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission_middleware, "BODY_SECONDS", 0.05)
    never = asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        yield b"username=anna&"
        await never.wait()

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await http.post("/api/login", content=trickle(), headers=form)
    assert (answer.status_code, answer.json()["code"]) == (408, "request_timeout")


async def test_an_answer_that_is_not_taken_does_not_stay(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission_middleware, "SEND_SECONDS", 0.05)
    house = Held()
    house.let_go.set()
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ELSEWHERE}

    async def nothing() -> Message:
        return {"type": "http.request", "body": b""}

    async def stuck(_: Message) -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await house.limits(scope, nothing, stuck)
    async with house.client() as client:
        assert (await client.get("/")).status_code == 204


class Desk:
    """The page's side of the server, engine.io and all: whoever connects is sent news without end."""

    def __init__(self) -> None:
        self.server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], ping_interval=1, ping_timeout=1)
        self.limits = limited(socketio.ASGIApp(self.server, socketio_path="_event"))
        self.server.on("connect", self._connected)
        self.told: list[str] = []

    async def _connected(self, sid: str, *_: Any) -> None:
        self.told.append(sid)

    async def socket(self, room: int = 100_000) -> Socket:
        """Connected and admitted; it takes no more than ``room`` messages."""
        socket = Socket(self.limits, "/_event/", {"Connection": "Upgrade", "Upgrade": "websocket"}, room)
        socket._scope["query_string"] = b"EIO=4&transport=websocket"
        await socket.connect()
        socket.send("40")
        before = len(self.told)
        await until(lambda: len(self.told) > before, 10, lambda: "not connected")
        return socket


async def ended(socket: Socket) -> None:
    assert socket._task is not None
    await asyncio.wait_for(asyncio.shield(socket._task), 20)


async def test_a_desk_that_does_not_read_is_let_go_and_nobody_waits_for_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """engine.io alone would keep it, and all that waits for it, for as long as its machine is there."""
    monkeypatch.setattr(websocket_admission, "SEND_SECONDS", 0.3)
    monkeypatch.setattr(websocket_admission, "LOOK_SECONDS", 0.05)
    desk = Desk()
    stuck, quick = await desk.socket(room=4), await desk.socket()
    async with asyncio.timeout(20):
        for number in range(20):
            await desk.server.emit("news", number)
        for number in range(20):
            while f'["news",{number}]' not in (await quick._next()).get("text", ""):
                pass
    await ended(stuck)
    assert len(desk.limits.places) == len(desk.server.eio.sockets) == 1
    await quick.leave()
    await until(lambda: not desk.server.eio.sockets, 10, lambda: "still there")


async def test_who_talks_too_much_is_read_more_slowly(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_admission, "MESSAGES_AT_ONCE", 5)
    monkeypatch.setattr(websocket_admission, "MESSAGES_A_SECOND", 0.01)
    heard = 0

    async def listens(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal heard
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            heard += 1

    layer = limited(listens)
    loud, quiet = Socket(layer, "/_event/", {}), Socket(layer, "/_event/", {})
    for socket in (loud, quiet):
        await socket.connect()
    for _ in range(50):
        loud.send("more")
    quiet.send("one")
    await until(lambda: heard >= 5, 10, lambda: f"heard {heard}")
    assert heard == 5, "the rest is left in the network"
    for place in tuple(layer.places._taken):
        place.end()
    for socket in (loud, quiet):
        assert socket._task is not None
        await asyncio.wait_for(socket._task, 10)


# Sockets


async def refused_socket(app: ASGIApp, **headers: str) -> tuple[int, dict[str, str]]:
    """What a client sees that is not let in: an HTTP status, and the headers with it."""
    return await _refusal_of(Socket(app, "/api/ws", headers))


async def _refusal_of(socket: Socket) -> tuple[int, dict[str, str]]:
    socket._task = asyncio.create_task(socket._run())
    socket._to_server.put_nowait({"type": "websocket.connect"})
    start = await socket._next()
    assert start["type"] == "websocket.http.response.start"
    await socket._task
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}


@pytest.fixture
async def opened(app: ASGIApp) -> AsyncIterator[Any]:
    sockets: list[Socket] = []

    async def connect(address: str = "198.51.100.7", token: str = "") -> Socket:
        socket = Socket(app, "/api/ws", {})
        socket._scope["client"] = (address, 1)
        sockets.append(socket)
        await socket.connect()
        if token:
            await socket.sign_in(token)
        return socket

    yield connect
    for socket in sockets:
        await socket.leave()


async def test_strangers_cannot_fill_the_house(app: ASGIApp, opened: Any, services: Services, agent: MakeAgent) -> None:
    await agent("Anna")
    token = (await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "api")).token
    for _ in range(2):
        await opened()
    status, headers = await refused_socket(app)
    assert (status, headers["retry-after"]) == (429, "1"), "half of the places are for other addresses"
    last = [await opened(f"203.0.113.{number}") for number in range(2)]
    status, headers = await refused_socket(app)
    assert (status, headers["retry-after"], headers["content-type"]) == (503, "2", "application/problem+json")
    await last[0].sign_in(token)
    assert await opened("203.0.113.50"), "who signs in makes room for the next"


async def test_strangers_of_one_ipv6_network_have_one_share(app: ASGIApp, opened: Any) -> None:
    for number in range(2):
        await opened(f"2001:db8:7:7::{number}")
    socket = Socket(app, "/api/ws", {})
    socket._scope["client"] = ("2001:DB8:7:7:ffff::1", 1)
    assert (await _refusal_of(socket))[0] == 429
    assert await opened("2001:db8:7:8::1")


async def test_one_account_has_so_many_sockets(app: ASGIApp, opened: Any, services: Services, agent: MakeAgent) -> None:
    await agent("Anna")
    await agent("Ben")
    anna, ben = [(await services.auth.sign_in(name, PASSWORD, "203.0.113.1", "api")).token for name in ("anna", "ben")]
    first, _ = [await opened(token=anna) for _ in range(2)]
    with pytest.raises(Closed) as closed:
        await opened(token=anna)
    assert closed.value.code == 4409
    await opened(token=ben)
    await first.leave()
    await opened(token=anna)


async def test_the_house_has_so_many_sockets(app: ASGIApp, opened: Any, services: Services, agent: MakeAgent) -> None:
    for name in ("Anna", "Ben", "Chloe"):
        await agent(name)
        token = (await services.auth.sign_in(name.lower(), PASSWORD, "203.0.113.1", "api")).token
        for _ in range(2 if name != "Chloe" else 1):
            await opened(token=token)
    status, _ = await refused_socket(app)
    assert status == 503


async def test_strangers_may_not_stay(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_admission, "LOOK_SECONDS", 0.01)
    desk = Desk()
    object.__setattr__(services.settings, "signed_out_seconds", 0.02)
    await ended(await desk.socket())
    assert len(desk.limits.places) == 0


async def test_connecting_and_leaving_leaves_nothing_behind(
    app: Any, services: Services, centre: Centre, login: SignIn
) -> None:
    """Objects held, not bytes: what grows with every visitor would show here."""
    anna = await centre.agent("Anna")
    token = (await login(anna))["Authorization"].removeprefix("Bearer ")

    async def visit() -> None:
        socket = Socket(app, "/api/ws", {})
        await socket.connect()
        await socket.sign_in(token)
        await socket.leave()

    await visit()
    layer: Limits = app._app._app

    def held_now() -> tuple[int, ...]:
        hub, lanes, taken = services.hub, layer.lanes, layer.places
        return (
            len(hub._listeners), len(hub._published), len(taken), len(taken._accounts), len(taken._strangers),
            len(lanes._by_address), len(lanes._by_account), len(asyncio.all_tasks()),
        )  # fmt: skip

    before = held_now()
    for _ in range(100):
        await visit()
    after = held_now()
    assert after[:-1] == before[:-1]
    assert after[-1] <= before[-1]
