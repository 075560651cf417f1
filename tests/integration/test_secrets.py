"""Secrets change while the centre works: for a while the old and the new one are valid."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from callcenter.bootstrap import Services, build, set_services
from callcenter.platform.errors import NotSignedIn
from tests.builders import PASSWORD, add_agent
from tests.conftest import MakeSettings
from tests.fakes import Clock, FakeMedia, FakeTelephony
from tests.support.live_centre import LiveCentre, WebhookDoor
from tests.support.livekit_server import LiveKitServer, free_port

OLD, NEW = ("old-secret-" + "o" * 32), ("new-secret-" + "n" * 32)
ADDRESS = "198.51.100.7"


@asynccontextmanager
async def version(make_settings: MakeSettings, secret_key: str) -> AsyncIterator[Services]:
    """The program as it runs with these keys, on the same database."""
    media = FakeMedia()
    services = build(make_settings(secret_key=secret_key), media, FakeTelephony(media), Clock())
    yield services
    await services.stop()


async def test_sessions_outlive_a_change_of_the_secret_key(make_settings: MakeSettings) -> None:
    async with version(make_settings, OLD) as before:
        await add_agent(before, "Anna")
        first = await before.auth.sign_in("anna", PASSWORD, ADDRESS, "desk")
    async with version(make_settings, f"{NEW}, {OLD}") as during:
        assert (await during.auth.identify(first.token, "desk")).username == "anna"
        second = await during.auth.sign_in("anna", PASSWORD, ADDRESS, "desk")
    async with version(make_settings, NEW) as after:
        assert (await after.auth.identify(second.token, "desk")).username == "anna", "the new key has signed it"
        with pytest.raises(NotSignedIn):
            await after.auth.identify(first.token, "desk")


@pytest.mark.parametrize("keys", [f"short,{OLD}", f"{OLD},short", ",", ""])
def test_each_of_the_keys_has_to_be_strong(make_settings: MakeSettings, keys: str) -> None:
    with pytest.raises(ValueError, match="SECRET_KEY is"):
        make_settings(debug=False, secret_key=keys)


@pytest.mark.parametrize("pairs", ["key", "key:", ":secret", "key:" + "s" * 40 + ",other"])
def test_old_keys_of_livekit_are_pairs(make_settings: MakeSettings, pairs: str) -> None:
    with pytest.raises(ValueError, match="key:secret"):
        make_settings(livekit_old_keys=pairs)


def test_old_keys_of_livekit_are_strong(make_settings: MakeSettings) -> None:
    with pytest.raises(ValueError, match="LIVEKIT_OLD_KEYS is too weak"):
        make_settings(debug=False, livekit_old_keys="key:short")


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("signs", ""), "belong together"),
        (("", "s" * 40), "belong together"),
        (("testkey", "s" * 40), "have to differ"),
        (("signs", "a-secret-for-tests-only-0123456789abcdef"), "have to differ"),
    ],
)
def test_the_key_of_notifications_is_a_pair_of_its_own(
    make_settings: MakeSettings, pair: tuple[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        make_settings(livekit_webhook_key=pair[0], livekit_webhook_secret=pair[1])


def test_the_secret_of_notifications_is_strong(make_settings: MakeSettings) -> None:
    with pytest.raises(ValueError, match="LIVEKIT_WEBHOOK_SECRET is too weak"):
        make_settings(debug=False, livekit_webhook_key="signs", livekit_webhook_secret="short")


def test_without_a_key_of_its_own_livekit_signs_with_ours(make_settings: MakeSettings) -> None:
    settings = make_settings(livekit_webhook_key="", livekit_webhook_secret="", livekit_old_keys=f"old:{OLD}")
    assert settings.livekit_keys == [("testkey", settings.livekit_api_secret), ("old", OLD)]
    own = make_settings(livekit_old_keys=f"old:{OLD}")
    assert [key for key, _ in own.livekit_keys] == ["testwebhook", "old"], "ours is no longer believed"


class TwoKeys(LiveKitServer):
    """A livekit-server that takes the old key and the new one, and signs what it tells us with ``signs_with``."""

    signs_with = "old"

    def _config(self) -> str:
        config = json.loads(super()._config())
        config["keys"] = {"old": OLD, "new": NEW}
        config["webhook"]["api_key"] = self.signs_with
        return json.dumps(config)


@pytest.fixture(params=["old", "new"])
def server(request: pytest.FixtureRequest) -> Iterator[TwoKeys]:
    server = TwoKeys(webhook_url=f"http://127.0.0.1:{free_port()}/api/calls/inbound", api_key="new", api_secret=NEW)
    server.signs_with = request.param
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def live(
    server: TwoKeys, make_settings: MakeSettings, request: pytest.FixtureRequest
) -> AsyncIterator[LiveCentre]:
    """With the new key; rooms are not looked at, so that only notifications tell of callers."""
    settings = make_settings(
        livekit_url=server.url,
        livekit_api_key="new",
        livekit_api_secret=NEW,
        livekit_webhook_key="",
        livekit_webhook_secret="",
        livekit_old_keys=f"old:{OLD}",
        reconcile_seconds=3600,
    )
    services = build(settings)
    set_services(services)
    door = WebhookDoor(int(server.webhook_url.split(":")[2].partition("/")[0]))
    await door.open()
    await services.start()
    centre = LiveCentre(services, server, door)
    yield centre
    await centre.close()
    set_services(None)
    await services.stop()


async def test_calls_come_in_while_livekits_key_changes(live: LiveCentre) -> None:
    """Whichever key LiveKit signs with, and with the new one in our own requests and tokens."""
    anna = await add_agent(live.services, "Anna")
    caller = await live.call_in()
    call_id = await live.offered(anna)
    grant = await live.services.calls.answer(anna, call_id)
    await live.listen(grant)
    await caller.wait_answered(8)
    assert live.door.refused == 0
    assert await live.services.media.alive()
