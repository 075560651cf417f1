"""Network addresses: one spelling for each, and one key under which limits count them."""

from ipaddress import ip_address

import pytest

from callcenter.settings import Settings
from callcenter.settings.ip_addresses import counted_under, networks, normalised


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:51008", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:CB00:7107", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("2001:DB8:0001:1:0::1", "2001:db8:1:1::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:443", "fe80::1"),
        *(
            (text, "")
            for text in ("", "unknown", "_hidden", "desk.example.com:80", "203.0.113.7:http", "203.0.113.999")
        ),
        *(
            (text, "")
            for text in ("[2001:db8::1", "[2001:db8::1]x", "1.2.3.4:5:6", "unix:/run/desk", "9" * 5000, "[]", ":")
        ),
    ],
)
def test_an_address_has_one_spelling(written: str, meant: str) -> None:
    assert normalised(written) == meant


def test_an_ipv6_address_counts_as_its_network() -> None:
    same = ("2001:db8:1:1::1", "2001:DB8:1:1:0::2", "2001:db8:1:1:ffff:ffff:ffff:ffff")
    assert {counted_under(one, 64) for one in same} == {"2001:db8:1:1::/64"}
    assert counted_under("2001:db8:1:2::1", 64) == "2001:db8:1:2::/64"
    assert counted_under("2001:db8:1:2::1", 48) == counted_under("2001:db8:1:1::1", 48)
    assert counted_under("::ffff:203.0.113.7", 64) == counted_under("203.0.113.7", 64) == "203.0.113.7"
    assert counted_under("", 64) == ""


@pytest.mark.parametrize(
    ("listed", "address", "trusted"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "::1", True),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("::1", "127.0.0.1", True),
        ("127.0.0.0/8", "::1", True),
        ("127.0.0.0/8", "127.9.9.9", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("10.0.0.0/8, fd00::/8", "10.200.0.1", True),
        ("10.0.0.0/8, fd00::/8", "fd12:3456::1", True),
        ("10.0.0.0/8, fd00::/8", "::1", False),
        ("::ffff:10.0.0.0/104", "10.1.2.3", True),
        ("2001:DB8::1", "2001:db8:0::1", True),
        ("", "127.0.0.1", False),
    ],
)
def test_proxies_are_addresses_and_networks(listed: str, address: str, trusted: bool) -> None:
    proxies = Settings(debug=True, trusted_proxies=listed).proxies
    assert (ip_address(normalised(address)) in proxies) is trusted
    assert None not in proxies


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("localhost", "localhost is neither an IP address nor a network"),
        ("127.0.0.1, proxy.example.com", "proxy.example.com is neither"),
        ("127.0.0.1:80", "127.0.0.1:80 is neither"),
        ("10.0.0.0/33", "10.0.0.0/33 is neither"),
        ("10.0.0.1/8", "write 10.0.0.0/8"),
        ("0.0.0.0/0", "everybody"),
        ("::/0", "everybody"),
        ("*", "neither"),
        ("127.0.0.1 10.0.0.1", "neither"),
    ],
)
def test_what_is_no_proxy_is_refused_at_the_start(listed: str, said: str) -> None:
    with pytest.raises(ValueError, match="TRUSTED_PROXIES: ") as refused:
        Settings(debug=True, trusted_proxies=listed)
    assert said in str(refused.value)


def test_a_list_of_proxies_is_read_once() -> None:
    assert networks("10.0.0.0/8") is networks("10.0.0.0/8")
