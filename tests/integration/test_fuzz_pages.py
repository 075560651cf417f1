"""The socket of the pages, spoken to by somebody who is no page.

Every public method of a state can be called from outside: each is, with what it takes and with what it does not.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import strategies as st
from sqlmodel import Session, create_engine, select

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.accounts.tables import Invitation
from callcenter.core.tables import Agent, Connection
from tests.support.desk_app import DeskApp
from tests.support.fuzz import made_up
from tests.support.page_socket import PATIENCE, SESSION, STATE, TEAM, page_socket

HISTORY = SESSION + "callcenter___history___ui___state____history."
SECRET = "n0b0dy-may-read-this"
LEAKS = re.compile(r'Traceback|\.py"|sqlalchemy|Contact the website administrator|n0b0dy', re.IGNORECASE)
"""Nothing of this is for whoever sent nonsense."""


@pytest.fixture(scope="module")
def cookie(fuzzed: DeskApp) -> str:
    """Of an agent, who may do little."""
    form = {"username": "anna", "password": DEMO_PASSWORD}
    with httpx.Client(base_url=fuzzed.url, trust_env=False, timeout=PATIENCE) as client:
        return str(client.post("/auth/sign-in", data=form).cookies["callcenter_session"])


@pytest.fixture(autouse=True)
def _nothing_leaks_and_nothing_changes(fuzzed: DeskApp) -> Iterator[None]:
    before, said = _accounts(fuzzed), len(fuzzed.log)
    yield
    assert httpx.get(f"{fuzzed.url}/healthz", trust_env=False, timeout=PATIENCE).status_code == 200
    assert _accounts(fuzzed) == before
    found = [line for line in fuzzed.log[said:].splitlines() if LEAKS.search(line)]
    assert not found, found[:5]


def _accounts(app: DeskApp) -> list[Any]:
    engine = create_engine(f"sqlite:///{app.home / 'desk.db'}")
    with Session(engine) as session:
        rows = session.exec(select(Agent.username, Agent.role, Agent.hashed_password, Agent.disabled_at)).all()
        found = [*rows, *session.exec(select(Invitation.token_hash)).all()]
    engine.dispose()
    return found


def handlers() -> dict[str, Callable[..., Any]]:
    """Every event there is, with what is behind it."""
    import callcenter.callcenter as product

    return {name: one.handler.fn for name, one in sorted(product.EVENTS.items())}


NASTY = st.sampled_from(
    ["", "\0", "ä\u202e", "'; DROP TABLE agent; --", "../../etc/passwd", "{{7*7}}", "<script>", "9" * 400, "-1", "+"]
)
TEXTS = NASTY | st.text(max_size=20)
FORMS = st.dictionaries(
    st.sampled_from(["username", "password", "full_name", "role", "number", "since", "until", "again"]) | TEXTS,
    TEXTS | st.lists(TEXTS, max_size=2) | st.integers() | st.none(),
    max_size=5,
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FITTING: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(),
    bool: st.booleans(),
    "str": TEXTS,
    "bool": st.booleans(),
}


@st.composite
def payloads(draw: st.DrawFn, handler: Callable[..., Any]) -> dict[str, Any]:
    """What the handler takes; now and then something else, more of it or less."""
    _, *taken = inspect.signature(handler).parameters.values()
    payload: dict[str, Any] = {}
    for one in taken:
        fits = draw(st.integers(0, 3)) > 0
        payload[one.name] = draw(FITTING.get(one.annotation, FORMS) if fits else ANYTHING)
    if draw(st.integers(0, 5)) == 0:
        payload[draw(TEXTS)] = SECRET
    if payload and draw(st.integers(0, 5)) == 0:
        payload.popitem()
    return payload


@pytest.mark.parametrize("who", ["nobody", "an agent"])
async def test_every_handler_with_hostile_arguments(fuzzed: DeskApp, cookie: str, who: str) -> None:
    for name, handler in handlers().items():
        sent = made_up(payloads(handler), 5)
        async with page_socket(fuzzed.port, cookie if who == "an agent" else "") as page:
            for payload in sent:
                await page.event(name, payload)
            await page.event(name, {"form": {"password": SECRET}, "text": [SECRET]})
            if who == "an agent":
                await page.works()
            else:
                await page.event(SESSION + "guard", {})
                await page.until("/sign-in")
            assert not [one for one in page.heard if LEAKS.search(one)], name


FAR = [
    "9" * 5000,
    "-" + "9" * 30,
    "0001-01-01",
    "9999-12-31",
    "٣",
    "\0",
    "x" * 10_000,
    "%ed%a0%80",
    "dates",
    "//[",
    "+",
]
ADDRESSES = {
    "/": ("desk___ui___dial_link", "dial"),
    "/sign-in": ("accounts___ui___sign_in_state", "error", "next"),
    "/history": ("history___ui___state", "period", "since", "until", "direction", "status", "number", "agent", "after"),
    "/call": ("history___ui___call_detail_state", "id"),
    "/team": ("team___ui___state", "q", "status"),
    "/my-account": ("accounts___ui___my_account_state", "error", "done"),
}
"""The state behind each page, and what it reads from the page's address."""
READS_ADDRESS = re.compile(r"query_parameters|_read_call|self\._watch\(")
"""What the handlers that read the address say, or call to read it."""
ZONES = ("Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati")


@pytest.mark.parametrize("path", ADDRESSES)
async def test_every_page_with_addresses_out_of_bounds(fuzzed: DeskApp, cookie: str, path: str) -> None:
    """Each word at its most extreme, alone and all together; the page says something, and the next click works."""
    state, *names = ADDRESSES[path]
    readers = [
        name
        for name, handler in handlers().items()
        if f"callcenter___{state}____" in name and READS_ADDRESS.search(inspect.getsource(handler))
    ]
    assert readers
    asked = [{name: far} for name in names for far in FAR] + [dict.fromkeys(names, far[:1000]) for far in FAR]
    asked += [{"period": "dates", "since": far, "until": far} for far in FAR] if path == "/history" else []
    async with page_socket(fuzzed.port, cookie) as page:
        for number, query in enumerate(asked):
            where = {"pathname": path, "asPath": f"{path}?{urlencode(query)}", "query": query}
            for name in readers:
                await page.event(name, {}, router_data=where)
            if path == "/history":
                await page.event(HISTORY + "show_calls", {"zone": ZONES[number % len(ZONES)]}, router_data=where)
            if number % 20 == 19:
                await page.works()
        await page.works()
        assert not [one for one in page.heard if LEAKS.search(one)], path
    if path == "/history":
        assert any('"left_out_rx_state_":"agent"' in one for one in page.heard), "it says what it could not take"


def _desks(app: DeskApp) -> set[str]:
    """Connections of tabs, open or not."""
    engine = create_engine(f"sqlite:///{app.home / 'desk.db'}")
    with Session(engine) as session:
        found = set(session.exec(select(Connection.id).where(Connection.kind == "desk")).all())
    engine.dispose()
    return found


async def test_watchers_begin_with_a_page_and_not_when_somebody_says_so(fuzzed: DeskApp, cookie: str) -> None:
    """Else each message began one more, which no closed socket ended: agents stayed at a desk that was not open."""
    watchers, before = [name for name in handlers() if ".watch" in name], _desks(fuzzed)
    assert len(watchers) >= 5
    async with page_socket(fuzzed.port, cookie) as page:
        for name in watchers * 3:
            await page.event(name, {})
        await page.works()
        assert _desks(fuzzed) == before
        for _ in range(3):
            await page.event(STATE + "reflex___state____on_load_internal_state.on_load_internal", {})
        await page.until("ready_rx_state_")
        assert len(_desks(fuzzed) - before) == 1


FRAMES = [
    "", "4", "5", "9", "42", "43", "45", "4" * 200, "42/_event,", "42/_event,[]", "42/_event,{", '42/_event,["event"]',
    '42/_event,["event",5]', f'42/_event,["event","{SECRET}"]', '42/_event,["event",{"name":5}]', "42/_event,[5]",
    '42/_event,["event",{"name":"x","payload":[]}]', '42/_event,["event",{"name":"x","router_data":7}]',
    '42/_event,["connect"]', '42/_event,["disconnect"]', '42/_event,["on_event"]', '42/_event,["__class__",{}]',
    '42/other,["event",{}]', "40/other,", '40/_event,{"event":5}', '40/_event,[]', '40/_event,{"event":{"name":[]}}',
    '451-["a",{"_placeholder":true,"num":0}]', '450-/_event,["event"]', "42/_event,17[]", '43/_event,1["x"]',
    "42/_event," + "[" * 30000, f'42/_event,["event",{{"name":"{"x" * 70000}"}}]', b"\0\1\2", b"",
    '42/_event,["event",{"name":"\\ud800"}]', f'42/_event,["{SECRET}",{{"password":"{SECRET}"}}]',
    '42/_event,["event",{"name":"x","router_data":{"pathname":5}}]', "6", "2" * 70000,
    '42/_event,["event",{"name":"x","router_data":{"query":{"a":{}}}}]',
]  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: repr(frame[:40]))
async def test_who_speaks_another_language_is_disconnected(fuzzed: DeskApp, cookie: str, frame: str | bytes) -> None:
    async with page_socket(fuzzed.port, cookie) as page, page_socket(fuzzed.port, cookie) as another:
        await page.frame(frame)
        assert await page.closed() == 4400
        await another.works()


async def test_made_up_frames_hold_nobody_up(fuzzed: DeskApp, cookie: str) -> None:
    async with page_socket(fuzzed.port, cookie) as honest:
        for kind, told in made_up(st.tuples(st.sampled_from(["40", "42"]), st.lists(ANYTHING, max_size=3)), 30):
            async with page_socket(fuzzed.port) as page:
                await page.frame(f"{kind}/_event,{json.dumps(told)}")
                assert not [one for one in page.heard if LEAKS.search(one)]
        await honest.works()


async def test_events_that_no_page_sends_are_dropped_a_few_times(fuzzed: DeskApp, cookie: str) -> None:
    async with page_socket(fuzzed.port, cookie) as page:
        for _ in range(20):
            await page.event(TEAM + "look_for", {"text": 5})
        await page.works()
        await page.event(TEAM + "setvar", {"var_name": "search", "value": "x"})
        assert await page.closed() == 4400


async def test_what_the_browser_is_said_to_have_kept(fuzzed: DeskApp, cookie: str) -> None:
    kept = SESSION + "callcenter___workspace___tab___tab_state____live.kept_rx_state_"
    update = STATE + "reflex___state____update_vars_internal_state.update_vars_internal"
    async with page_socket(fuzzed.port, cookie) as page:
        for value in ({"a": 1}, 5, None, ["x"], "x" * 5000, "", "a b c", "\0"):
            await page.event(update, {"vars": {kept: value}})
        for name in ("nonsense", "", kept.replace("kept", "_who"), SESSION + "me_rx_state_"):
            await page.event(update, {"vars": {name: "x"}})
        await page.event(SESSION + "callcenter___workspace___tab___tab_state____live.watch", {})
        await page.works()
        assert not [one for one in page.heard if LEAKS.search(one)]


async def test_a_page_may_report_few_errors(fuzzed: DeskApp, cookie: str) -> None:
    report = STATE + "reflex___state____frontend_event_exception_state.handle_frontend_exception"
    async with page_socket(fuzzed.port, cookie) as page:
        for _ in range(12):
            await page.event(report, {"info": "of a page's own", "component_stack": ""})
        await page.works()
    assert fuzzed.log.count("of a page's own") == 5


async def test_the_tab_of_somebody_else_shows_nothing(fuzzed: DeskApp, cookie: str) -> None:
    """Who knows the name of a tab, and not its owner's cookie."""
    async with page_socket(fuzzed.port, cookie, "t" * 32) as page:
        await page.works()
    async with page_socket(fuzzed.port, "", "t" * 32) as thief:
        await thief.event(TEAM + "look_for", {"text": "x"})
        await thief.until("/sign-in")
        assert not [one for one in thief.heard if "Anna Albers" in one or "Ada Admin" in one]
