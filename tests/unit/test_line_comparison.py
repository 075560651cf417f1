"""LiveKit's trunks and rules beside the plan: what would be changed, in which order, and what is warned of."""

from livekit.protocol.sip import (
    SIPDispatchRule,
    SIPDispatchRuleDirect,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundTrunkInfo,
)

from callcenter.telephony.livekit_sip.insecure_trunks import open_doors
from callcenter.telephony.livekit_sip.trunk_diff import (
    INBOUND,
    NEW_TRUNK,
    OUTBOUND,
    RULE,
    Change,
    Found,
    changes,
    wanted_inbound,
    wanted_outbound,
    wanted_rule,
)
from callcenter.telephony.plan import CentreNumber, InboundLine, OutboundLine, TelephonyPlan

COMING = InboundLine("carrier", "secret", ("203.0.113.0/24",), ("pcma",), media_timeout_seconds=20, ring_seconds=90)
GOING = OutboundLine("sip.example", "tcp", "us", "secret", caller_id="+4930901820")
PLAN = TelephonyPlan((CentreNumber("+4930901820", "Support"),), COMING, GOING)


def trunk(identity: str, line: InboundLine = COMING) -> SIPInboundTrunkInfo:
    made = wanted_inbound(PLAN, line)
    made.sip_trunk_id = identity
    return made


def way_out(identity: str) -> SIPOutboundTrunkInfo:
    made = wanted_outbound(PLAN, GOING)
    made.sip_trunk_id = identity
    return made


def rule(identity: str, trunk_id: str) -> SIPDispatchRuleInfo:
    made = wanted_rule(trunk_id)
    made.sip_dispatch_rule_id = identity
    return made


def steps(found: list[Change]) -> list[str]:
    return [f"{one.action} {one.kind} {one.id}".strip() for one in found]


def test_everything_is_made_when_there_is_nothing() -> None:
    needed = changes(PLAN, Found())
    assert steps(needed) == ["create inbound trunk", "create dispatch rule", "create outbound trunk"]
    assert [one.name for one in needed] == [INBOUND, RULE, OUTBOUND]
    assert next(one.after for one in needed[1].fields if one.name == "trunks") == NEW_TRUNK


def test_nothing_is_done_when_all_is_as_declared() -> None:
    assert changes(PLAN, Found([trunk("ST_1")], [way_out("ST_2")], [rule("SDR_1", "ST_1")])) == []


def test_a_difference_is_told_field_by_field() -> None:
    other = trunk("ST_1", InboundLine("carrier", "secret", ("198.51.100.7/32",), (), "require"))
    (change,) = changes(PLAN, Found([other], [way_out("ST_2")], [rule("SDR_1", "ST_1")]))
    assert {one.name: (one.before, one.after) for one in change.fields} == {
        "allowed_addresses": ("198.51.100.7/32", "203.0.113.0/24"),
        "codecs": ("all", "pcma"),
        "encryption": ("require", "disable"),
        "media_timeout_seconds": ("15", "20"),
        "ring_seconds": ("180", "90"),
    }


def test_a_new_password_is_told_without_being_shown() -> None:
    other = trunk("ST_1", InboundLine("carrier", "former", COMING.allowed_addresses, COMING.codecs, "disable", 20, 90))
    (change,) = changes(PLAN, Found([other], [way_out("ST_2")], [rule("SDR_1", "ST_1")]))
    assert [(one.name, one.before, one.after) for one in change.fields] == [("password", "set", "changed")]
    assert "former" not in repr(change)
    assert "secret" not in repr(change)
    assert "former" not in repr(Found([other]))


def test_of_several_of_our_name_the_one_in_use_is_kept_and_the_others_go_first() -> None:
    found = Found([trunk("ST_1"), trunk("ST_2")], [way_out("ST_3"), way_out("ST_4")], [rule("SDR_1", "ST_2")])
    assert steps(changes(PLAN, found)) == ["delete inbound trunk ST_1", "delete outbound trunk ST_4"]


def test_a_rule_that_leads_elsewhere_is_brought_back() -> None:
    wrong = SIPDispatchRuleInfo(
        sip_dispatch_rule_id="SDR_1",
        name=RULE,
        rule=SIPDispatchRule(dispatch_rule_direct=SIPDispatchRuleDirect(room_name="lobby")),
    )
    (change,) = changes(PLAN, Found([trunk("ST_1")], [way_out("ST_2")], [wrong]))
    told = {one.name: (one.before, one.after) for one in change.fields}
    assert told == {"kind": ("direct", "individual"), "rooms": ("lobby", "call_"), "trunks": ("any", "ST_1")}


def test_what_is_no_longer_declared_goes_the_rule_before_its_trunk() -> None:
    found = Found([trunk("ST_1")], [way_out("ST_2")], [rule("SDR_1", "ST_1")])
    needed = changes(TelephonyPlan(PLAN.numbers), found)
    assert steps(needed) == ["delete dispatch rule SDR_1", "delete inbound trunk ST_1", "delete outbound trunk ST_2"]


def test_what_belongs_to_others_is_left_alone() -> None:
    theirs = SIPInboundTrunkInfo(sip_trunk_id="ST_9", name="somebody's", auth_username="a", auth_password="b")
    found = Found([trunk("ST_1"), theirs], [way_out("ST_2")], [rule("SDR_1", "ST_1"), rule("SDR_9", "ST_9")])
    found.rules[1].name = "somebody's"
    assert changes(PLAN, found) == []
    assert open_doors(found) == []


def test_doors_that_others_left_open_are_named() -> None:
    everybody = SIPInboundTrunkInfo(sip_trunk_id="ST_8", name="test", allowed_addresses=["0.0.0.0/0"])
    by_name = SIPInboundTrunkInfo(sip_trunk_id="ST_9", allowed_addresses=["carrier.example"])
    no_password = SIPInboundTrunkInfo(sip_trunk_id="ST_7", auth_username="only")
    claimed = SIPInboundTrunkInfo(sip_trunk_id="ST_6", allowed_addresses=["203.0.113.0/24", "198.51.100.7"])
    fine = SIPInboundTrunkInfo(sip_trunk_id="ST_5", allowed_addresses=["203.0.113.0/24"])
    wildcard = SIPDispatchRuleInfo(sip_dispatch_rule_id="SDR_9", name="all")
    warnings = open_doors(Found([everybody, by_name, no_password, claimed, fine], (), [wildcard]))
    assert len(warnings) == 5
    assert [part in warnings[4] for part in ("ST_6", "198.51.100.7", "Write 198.51.100.7/32")] == [True, True, True]
    assert "“all” (SDR_9)" in warnings[0]
    assert ["ST_8" in warnings[1], "ST_9" in warnings[2], "ST_7" in warnings[3]] == [True, True, True]
