"""livekit-sip's own counts, as its Prometheus page has them."""

import pytest

from callcenter.telephony.livekit_sip.call_counters import Counts, counts

PAGE = """\
# HELP livekit_sip_calls_active Number of currently active SIP calls
# TYPE livekit_sip_calls_active gauge
livekit_sip_calls_active{dir="in",node_id="NE_1",to="127.0.0.1"} 2
livekit_sip_calls_active{dir="out",node_id="NE_1",to="carrier"} 1
# TYPE livekit_sip_calls_terminated counter
livekit_sip_calls_terminated{dir="in",node_id="NE_1",reason="flood",result="client_error",to="127.0.0.1"} 4
livekit_sip_calls_terminated{dir="in",node_id="NE_1",reason="flood",result="client_error",to="example"} 1
livekit_sip_calls_terminated{dir="in",node_id="NE_1",reason="cannot-subscribe",result="server_error",to="x"} 7
livekit_sip_calls_terminated{dir="out",node_id="NE_1",reason="flood",result="client_error",to="x"} 9
# TYPE livekit_sip_invite_accepted counter
livekit_sip_invite_accepted{dir="in",node_id="NE_1",to="127.0.0.1"} 11
# TYPE livekit_sip_invite_error counter
livekit_sip_invite_error{dir="in",node_id="NE_1",reason="unauthorized",to="unknown"} 9
"""


def test_refused_callers_are_counted_by_reason() -> None:
    """Eleven passed, five of them only to be turned away; of nine who were asked for a password six came back."""
    assert counts(PAGE) == Counts(3, {"no_trunk": 5, "password": 3})


def test_nothing_has_been_counted_yet() -> None:
    assert counts('livekit_sip_available{node_id="NE_1"} 1\n') == Counts()


@pytest.mark.parametrize("text", ["", "<html></html>", "python_info 1\n"])
def test_another_page_is_none_of_it(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any of the parser's own as well)
        counts(text)
