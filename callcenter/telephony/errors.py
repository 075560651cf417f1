"""Refusals about telephone lines."""

from callcenter.platform.errors import Refusal


class NumberUnknown(Refusal):
    code, status = "number_unknown", 404


class SeenBefore(Refusal):
    code = "seen_before"


class NoTrunk(Refusal):
    code, status = "no_trunk", 503
