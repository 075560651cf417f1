"""What the answers of the telephone network mean."""

from callcenter.core.domain.calls import EndReason

_REASONS = {
    404: EndReason.NOT_IN_SERVICE,
    408: EndReason.NO_ANSWER,
    410: EndReason.NOT_IN_SERVICE,
    480: EndReason.UNAVAILABLE,
    484: EndReason.NOT_IN_SERVICE,
    486: EndReason.BUSY,
    487: EndReason.NO_ANSWER,
    600: EndReason.BUSY,
    603: EndReason.DECLINED,
    604: EndReason.NOT_IN_SERVICE,
    607: EndReason.DECLINED,
    608: EndReason.DECLINED,
}


def reason_for(code: int) -> EndReason:
    """The meaning of a final SIP response (RFC 3261, section 21; RFC 8197 for 607, RFC 8688 for 608)."""
    if code in _REASONS:
        return _REASONS[code]
    return EndReason.LINE_DOWN if 500 <= code < 600 else EndReason.UNREACHABLE
