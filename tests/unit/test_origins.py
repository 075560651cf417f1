"""Origins are compared as browsers write them, and what is none is refused before anything starts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from callcenter.bootstrap import Services
from callcenter.platform.errors import NotAllowed
from callcenter.platform.http.client_address import from_own_pages
from callcenter.platform.http.content_security_policy import page_policy
from callcenter.settings import Settings
from callcenter.settings.origins import allowed, origin_of
from tests.conftest import MakeSettings
from tests.support.fuzz import effort

DESK = "https://desk.example.com"


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://desk.example.com", DESK),
        ("https://desk.example.com/", DESK),
        ("https://Desk.Example.com", DESK),
        ("HTTPS://DESK.EXAMPLE.COM:443/", DESK),
        (" https://desk.example.com\n", DESK),
        ("https://desk.example.com:8443", f"{DESK}:8443"),
        ("http://desk.example.com:80", "http://desk.example.com"),
        ("http://desk.example.com:443", "http://desk.example.com:443"),
        ("https://desk.example.com.", f"{DESK}."),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://\uff44esk.example.com", DESK),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://[2001:DB8:0:0::0001]", "http://[2001:db8::1]"),
        ("http://[::ffff:192.0.2.1]", "http://[::ffff:c000:201]"),
        ("http://desk_1.internal", "http://desk_1.internal"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(typed: str, origin: str) -> None:
    assert origin_of(typed) == origin == origin_of(origin)
    assert allowed(typed, [origin])


def test_a_request_without_an_origin_is_not_one_of_those_that_may_call() -> None:
    assert not allowed(None, [DESK])


def test_a_desk_of_a_development_machine_on_the_usual_port_knows_its_own_pages(make_settings: MakeSettings) -> None:
    assert allowed("http://localhost", make_settings(port=80, public_url="").origins)


NO_ORIGINS = {
    "a path": ("https://desk.example.com/desk", "path"),
    "a query": ("https://desk.example.com?a=b", "path"),
    "an empty query": ("https://desk.example.com?", "path"),
    "a fragment": ("https://desk.example.com#top", "path"),
    "no scheme": ("desk.example.com", "https://"),
    "no scheme but a port": ("desk.example.com:3000", "https://"),
    "another scheme": ("ftp://desk.example.com", "https://"),
    "a socket's scheme": ("wss://desk.example.com", "https://"),
    "two slashes missing": ("https:desk.example.com", "https://"),
    "any origin": ("*", "wildcard"),
    "any host of a domain": ("https://*.example.com", "wildcard"),
    "nothing": ("null", "https://"),
    "no host": ("https://", "host name"),
    "a space": ("https://desk example.com", "host name"),
    "two dots": ("https://desk..example.com", "host name"),
    "a percent": ("https://desk%2eexample.com", "host name"),
    "a port that is none": ("https://desk.example.com:https", "no address"),
    "a port too large": ("https://desk.example.com:70000", "no address"),
    "a name and a password": ("https://ada:confidential@desk.example.com", "password"),
    "half an IPv6 address": ("https://[::1", "no address"),
    "numbers that are no address": ("https://300.0.0.1", "host name"),
}


@pytest.mark.parametrize(("typed", "word"), NO_ORIGINS.values(), ids=NO_ORIGINS)
@pytest.mark.parametrize("name", ["public_url", "cors_origins"])
def test_what_cannot_be_an_origin_is_refused_at_start_with_a_word(name: str, typed: str, word: str) -> None:
    value = typed if name == "public_url" else f"https://fine.example.com, {typed}"
    with pytest.raises(ValidationError) as refused:
        Settings(debug=True, **{name: value})  # type: ignore[arg-type]
    (error,) = refused.value.errors()
    assert f"{name.upper()}=" in error["msg"]
    assert word in error["msg"]
    assert "Write it like https://desk.example.com" in error["msg"]
    assert "confidential" not in str(refused.value)
    assert not allowed(typed, ["https://fine.example.com"])


@effort(100)
@given(st.text(max_size=60))
def test_any_text_is_an_origin_or_is_not(text: str) -> None:
    allowed(text, [DESK])
    allowed(f"https://{text}", [DESK])


def test_an_address_in_capitals_is_the_desks_own(make_settings: MakeSettings) -> None:
    settings = make_settings(
        debug=False, public_url="HTTPS://Desk.Example.com:443/", cors_origins="https://Other.example/, http://[::1]:80"
    )
    assert settings.origins == [DESK, "https://other.example", "http://[::1]"]
    assert settings.secure_cookies
    assert settings.session_cookie.startswith("__Host-")


class _Request:
    def __init__(self, **headers: str) -> None:
        self.headers = headers


class TestForms:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(debug=False, public_url="https://Desk.Example.com")

    @pytest.mark.parametrize("origin", [DESK, "https://DESK.example.com", f"{DESK}:443"])
    def test_of_own_pages_are_taken(self, services: Services, origin: str) -> None:
        request: Any = _Request(origin=origin)
        from_own_pages(request)

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{DESK}:444", f"{DESK}.evil.example"])
    def test_of_other_sites_are_not(self, services: Services, origin: str) -> None:
        request: Any = _Request(origin=origin)
        with pytest.raises(NotAllowed):
            from_own_pages(request)


def connected_to(media_url: str, *origins: str) -> list[str]:
    policy = page_policy([], origins or [DESK], media_url)
    (sources,) = [part for part in policy.split("; ") if part.startswith("connect-src ")]
    return sources.split()[1:]


class TestThePagesPolicy:
    @pytest.mark.parametrize(
        ("media_url", "sources"),
        [
            ("wss://media.example.com", ["wss://media.example.com", "https://media.example.com"]),
            ("wss://Media.Example.com:443/path", ["wss://media.example.com:443", "https://media.example.com:443"]),
            ("ws://127.0.0.1:7880", ["ws://127.0.0.1:7880", "http://127.0.0.1:7880"]),
            ("https://media.example.com", ["wss://media.example.com", "https://media.example.com"]),
            ("ws://[::1]:7880", ["ws:", "http:"]),
            ("wss://[2001:db8::1]", ["wss:", "https:"]),
            ("", []),
            ("nonsense", []),
            ("wss://evil.example; script-src *", []),
        ],
    )
    def test_reaches_livekit_and_nothing_else(self, media_url: str, sources: list[str]) -> None:
        assert connected_to(media_url) == ["'self'", "wss://desk.example.com", *sources]

    @pytest.mark.parametrize("domain", ["livekit.cloud", "livekit.run"])
    def test_reaches_the_regional_hosts_of_livekits_cloud(self, domain: str) -> None:
        own = f"sales-1a2b3c.{domain}"
        assert connected_to(f"wss://{own}")[2:] == [
            f"wss://{own}",
            f"https://{own}",
            f"wss://*.{domain}",
            f"https://*.{domain}",
        ]

    @pytest.mark.parametrize("host", ["livekit.cloud.example.com", "mylivekit.cloud", "livekit.cloud"])
    def test_takes_no_other_host_for_livekits_cloud(self, host: str) -> None:
        assert not any("*" in one for one in connected_to(f"wss://{host}"))

    def test_names_no_ipv6_literal(self) -> None:
        """No browser can read one there; its console would complain."""
        assert connected_to("ws://[::1]:7880", "http://[::1]:3000") == ["'self'", "ws:", "http:"]
