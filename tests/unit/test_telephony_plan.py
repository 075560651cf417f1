"""The declared numbers and lines: what is read, and what is refused with which advice."""

from pathlib import Path

import pytest

from callcenter.telephony.plan import TelephonyPlan
from callcenter.telephony.plan_file import PlanError, load_plan

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"SIP_INBOUND_PASSWORD": "inbound secret", "SIP_OUTBOUND_PASSWORD": "outbound secret", "OTHER": "other"}
NUMBER = '[[numbers]]\nnumber = "+4930901820"\n'


def read(tmp_path: Path, text: str, secrets: dict[str, str] = SECRETS) -> TelephonyPlan:
    path = tmp_path / "telephony.toml"
    path.write_text(text)
    return load_plan(path, "DE", lambda name: secrets.get(name, ""))


def test_without_a_file_nothing_is_declared(tmp_path: Path) -> None:
    assert load_plan(tmp_path / "telephony.toml") == TelephonyPlan()


def test_the_example_can_be_used_as_it_is() -> None:
    plan = load_plan(ROOT / "telephony.example.toml", "DE", lambda name: SECRETS.get(name, ""))
    assert [(one.number, one.label) for one in plan.numbers] == [("+4930901820", "Support"), ("+4930901821", "Orders")]
    assert plan.inbound
    assert plan.inbound.password == "inbound secret"
    assert plan.inbound.allowed_addresses == ("203.0.113.0/24",)
    assert plan.outbound
    assert plan.outbound.address == "sip.carrier.example:5060"
    assert plan.outbound.password == "outbound secret"


def test_every_commented_setting_of_the_example_is_a_default(tmp_path: Path) -> None:
    lines = (ROOT / "telephony.example.toml").read_text().splitlines()
    settings = [
        line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line for line in lines
    ]
    plan = read(tmp_path, "\n".join(line for line in settings if line != "#"))
    example = load_plan(ROOT / "telephony.example.toml", "DE", lambda name: SECRETS.get(name, ""))
    assert plan.inbound
    assert example.inbound
    assert plan.outbound
    assert example.outbound
    assert plan.inbound.media_timeout_seconds == example.inbound.media_timeout_seconds
    assert plan.inbound.ring_seconds == example.inbound.ring_seconds
    assert plan.inbound.numbers_without_plus == example.inbound.numbers_without_plus == "national"
    assert (plan.inbound.encryption, plan.outbound.transport) == ("disable", example.outbound.transport)


def test_numbers_are_kept_in_one_form(tmp_path: Path) -> None:
    plan = read(
        tmp_path, '[[numbers]]\nnumber = "030 90 18 20"\n[outbound]\naddress = "a"\ncaller_id = "0049 30 901820"\n'
    )
    assert plan.numbers[0].number == "+4930901820"
    assert plan.outbound
    assert plan.outbound.caller_id == "+4930901820"


def test_one_address_becomes_a_network_of_one(tmp_path: Path) -> None:
    plan = read(tmp_path, NUMBER + '[inbound]\nallowed_addresses = ["203.0.113.5", "2001:db8::1"]\n')
    assert plan.inbound
    assert plan.inbound.allowed_addresses == ("203.0.113.5/32", "2001:db8::1/128")


def test_a_password_comes_from_the_variable_that_is_named(tmp_path: Path) -> None:
    plan = read(tmp_path, NUMBER + '[inbound]\nuser = "carrier"\npassword_env = "OTHER"\n')
    assert plan.inbound
    assert plan.inbound.password == "other"
    assert "other" not in repr(plan)


INBOUND = NUMBER + '[inbound]\nuser = "carrier"\n'
OUTBOUND = NUMBER + '[outbound]\naddress = "sip.example"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[numbers]\n", ["not written as TOML", "line 1"]),
        ("[inbund]\n", ["inbund", "not known", "telephony.example.toml"]),
        (INBOUND + "colour = 1\n", ["inbound: colour", "not known"]),
        ('[[numbers]]\nlabel = "x"\n', ["numbers (1): number", "missing"]),
        ('[[numbers]]\nnumber = "12"\n', ["numbers (1): number = '12'", "too short", "country code"]),
        ("[[numbers]]\nnumber = 4930901820\n", ["numbers (1): number", "string"]),
        (NUMBER + NUMBER, ["numbers (2)", "+4930901820", "twice"]),
        ("[inbound]\nuser = 'a'\n", ["inbound", "[[numbers]]"]),
        (NUMBER + "[inbound]\n", ["inbound", "anybody", "user", "allowed_addresses"]),
        (INBOUND + 'allowed_addresses = ["carrier.example"]\n', ["allowed_addresses (1)", "carrier.example", "Host"]),
        (INBOUND + 'allowed_addresses = ["203.0.113.5/24"]\n', ["203.0.113.0/24", "203.0.113.5"]),
        (NUMBER + '[inbound]\nallowed_addresses = ["0.0.0.0/0"]\n', ["0.0.0.0/0", "almost everybody"]),
        (NUMBER + '[inbound]\nallowed_addresses = ["0.0.0.0/1", "128.0.0.0/1"]\n', ["128.0.0.0/1", "everybody"]),
        (INBOUND + 'allowed_addresses = ["::ffff:203.0.113.5"]\n', ["::ffff:203.0.113.5", "IPv4", "203.0.113.5."]),
        (INBOUND + 'allowed_addresses = ["fe80::1%eth0"]\n', ["fe80::1%eth0", "no IP address"]),
        (NUMBER + '[inbound]\nallowed_addresses = ["::/0"]\n', ["::/0", "everybody"]),
        (INBOUND + 'codecs = ["g729"]\n', ["inbound: codecs (1) = 'g729'", "g722, pcma, pcmu"]),
        (INBOUND + 'codecs = ["opus"]\n', ["Opus", "Leave it out"]),
        (INBOUND + 'encryption = "maybe"\n', ["inbound: encryption = 'maybe'", "disable"]),
        (INBOUND + "media_timeout_seconds = 0\n", ["media_timeout_seconds = 0", "1"]),
        (INBOUND + "ring_seconds = true\n", ["inbound: ring_seconds"]),
        (INBOUND + 'numbers_without_plus = "E.164"\n', ["inbound: numbers_without_plus", "e164"]),
        (INBOUND + 'password_env = "MISSING"\n', ["user = carrier", "Set MISSING", ".env"]),
        (INBOUND + 'password = "secret"\n', ["inbound: password", "not known"]),
        (NUMBER + '[inbound]\nallowed_addresses = ["10.0.0.1"]\npassword_env = "X"\n', ["password_env = X", "no"]),
        ("[outbound]\naddress = 'a'\n", ["outbound", "[[numbers]]"]),
        (NUMBER + "[outbound]\n", ["outbound: address", "missing"]),
        (NUMBER + '[outbound]\naddress = "sip:sip.example"\n', ["sip:sip.example", "without “sip:”"]),
        (NUMBER + '[outbound]\naddress = "a.example:99999"\n', ["99999", "between 1 and 65535"]),
        (NUMBER + '[outbound]\naddress = "2001:db8::1"\n', ["2001:db8::1", "brackets"]),
        (NUMBER + '[outbound]\naddress = "user@a.example"\n', ["user@a.example", "host or host:port"]),
        (OUTBOUND + 'transport = "sctp"\n', ["outbound: transport = 'sctp'", "udp"]),
        (OUTBOUND + 'caller_id = "+4930999999"\n', ["caller_id = +4930999999", "none of [[numbers]]"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(tmp_path: Path, text: str, expected: list[str]) -> None:
    with pytest.raises(PlanError) as refused:
        read(tmp_path, text)
    assert "telephony.toml: " in str(refused.value)
    assert [part for part in expected if part not in str(refused.value)] == []


def test_a_password_where_its_variable_belongs_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="inbound: password_env: ") as refused:
        read(tmp_path, INBOUND + 'password_env = "not-a-name!"\n')
    assert "not-a-name!" not in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as refused:
        read(tmp_path, "[inbound]\n[outbound]\naddress = 'a'\nuser = 'b'\n", secrets={})
    assert len(str(refused.value).splitlines()) == 4


def test_a_wide_network_will_do_beside_a_password(tmp_path: Path) -> None:
    assert read(tmp_path, INBOUND + 'allowed_addresses = ["0.0.0.0/0"]\n').inbound


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "telephony.toml"
    path.write_bytes(b"\xff\x00")
    with pytest.raises(PlanError, match="UTF-8"):
        load_plan(path)
