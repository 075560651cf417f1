"""What is said of lines that cannot be looked at, and how often is looked."""

from collections.abc import Iterator

import pytest

from callcenter.settings import Settings
from callcenter.telephony.line_health import Watch, redis_answers
from callcenter.telephony.plan import CentreNumber, InboundLine, TelephonyPlan
from tests.conftest import MakeSettings
from tests.support.livekit_server import API_KEY, API_SECRET, LiveKitServer, free_port

PLAN = TelephonyPlan((CentreNumber("+4930901820"),), InboundLine(allowed_addresses=("127.0.0.1/32",)))


@pytest.fixture(scope="module")
def livekit() -> Iterator[LiveKitServer]:
    """It has no Redis."""
    server = LiveKitServer.boot()
    yield server
    server.stop()


@pytest.fixture
def settings(make_settings: MakeSettings, livekit: LiveKitServer) -> Settings:
    return make_settings(livekit_url=livekit.url, livekit_api_key=API_KEY, livekit_api_secret=API_SECRET)


async def test_livekit_without_redis(settings: Settings) -> None:
    states = await Watch(settings, PLAN, "livekit").states()
    assert (states.inbound, states.outbound, states.redis, states.service) == ("down", "down", "missing", "unknown")
    assert [one.startswith("LiveKit has no Redis") for one in states.problems] == [True]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"livekit_api_secret": "w" * 40}, "LIVEKIT_API_KEY"),
        ({"livekit_url": f"http://127.0.0.1:{free_port()}"}, "LiveKit does not answer"),
    ],
)
async def test_livekit_cannot_be_asked(settings: Settings, changes: dict[str, str], words: str) -> None:
    states = await Watch(settings.model_copy(update=changes), PLAN, "livekit").states()
    assert (states.inbound, states.outbound) == ("unknown", "unknown")
    assert words in states.problems[0]


async def test_something_that_is_not_livekit(settings: Settings, livekit: LiveKitServer) -> None:
    changed = settings.model_copy(update={"livekit_url": f"{livekit.url}/elsewhere"})
    states = await Watch(changed, PLAN, "livekit").states()
    assert states.inbound == "unknown"
    assert "not LiveKit" in states.problems[0]


async def test_lines_that_are_not_used_are_not_looked_at(settings: Settings) -> None:
    states = await Watch(settings, TelephonyPlan(), "simulated").states()
    assert {states.inbound, states.outbound, states.redis, states.service} == {"not_used"}
    assert states.problems == ()


async def test_it_is_looked_at_most_every_ten_seconds_unless_told_otherwise(settings: Settings) -> None:
    watch = Watch(settings, PLAN, "livekit")
    first = await watch.states()
    assert await watch.states() is first
    assert await watch.states(afresh=True) is not first


@pytest.mark.parametrize(
    ("url", "state", "words"),
    [
        ("", "unknown", ""),
        ("nonsense", "down", "redis://"),
        (f"redis://127.0.0.1:{free_port()}", "down", "does not answer"),
        ("redis://no-such-host.invalid:6379", "down", "does not answer"),
    ],
)
async def test_redis(url: str, state: str, words: str) -> None:
    found, problem = await redis_answers(url)
    assert found == state
    assert words in problem
