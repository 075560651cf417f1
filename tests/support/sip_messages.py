"""SIP messages as a phone sent and received them, read from what SIPp and baresip write of their traffic."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

FINAL = 200
_SIPP = re.compile(r"^-{20,} (\d{4}-\d\d-\d\d)[ \t]([\d:.]+)\n\S+ message (sent|received).*?\n\n", re.MULTILINE)
_BARESIP = re.compile(r"\x1b\[36;1m#\n\w+ (\S+) -> (\S+)\n(.*?)\x1b\[;m", re.DOTALL)


@dataclass(frozen=True)
class SipMessage:
    sent: bool
    """By the phone; otherwise it was received."""
    text: str
    at: float = 0
    """Seconds since 1970; 0 where it is not known."""

    @property
    def code(self) -> int:
        """Of a response; 0 for a request."""
        found = re.match(r"SIP/2.0 (\d{3})", self.text)
        return int(found[1]) if found else 0

    @property
    def phrase(self) -> str:
        return self.text.partition("\r\n")[0].partition("\n")[0].split(" ", 2)[2] if self.code else ""

    @property
    def method(self) -> str:
        """Of a request, or of the request that is answered."""
        return self.header("CSeq").partition(" ")[2]

    @property
    def brief(self) -> str:
        """Such as ``INVITE`` or ``180``."""
        return str(self.code) if self.code else self.text.partition(" ")[0]

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}\s*:[ \t]*(.*?)\r?$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""


def of_sipp(trace: str) -> list[SipMessage]:
    """From a file of SIPp's -trace_msg."""
    heads = list(_SIPP.finditer(trace))
    ends = [*(head.start() for head in heads[1:]), len(trace)][: len(heads)]
    return [
        SipMessage(
            head[3] == "sent", trace[head.end() : end], datetime.fromisoformat(f"{head[1]} {head[2]}").timestamp()
        )
        for head, end in zip(heads, ends, strict=True)
    ]


def of_baresip(trace: str, address: str) -> list[SipMessage]:
    """From what baresip -s prints; ``address`` (host:port) is its own."""
    return [SipMessage(found[1] == address, found[3]) for found in _BARESIP.finditer(trace)]


def received(messages: Iterable[SipMessage]) -> list[str]:
    """What the phone was told, in brief: as a rule 100, 407, 100, 180, …"""
    return [message.brief for message in messages if not message.sent]


def finals(messages: Iterable[SipMessage], method: str = "INVITE") -> list[int]:
    """The final answers to one kind of request; the question for a password is none."""
    answers = (one.code for one in messages if not one.sent and one.method == method)
    return [code for code in answers if code >= FINAL and code != 407]
