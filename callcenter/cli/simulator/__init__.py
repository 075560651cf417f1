"""Simulated callers and phones: they join LiveKit rooms as livekit-sip's participants do, with real sound."""

from callcenter.cli.simulator.agent import AgentEars
from callcenter.cli.simulator.caller import Caller
from callcenter.cli.simulator.connection import Connection, NoLiveKit
from callcenter.cli.simulator.leg import CallEnded, Experience
from callcenter.cli.simulator.phone import SimulatedPhone
from callcenter.cli.simulator.sounds import UnusableSound, from_file, tone, voice

__all__ = [
    "AgentEars",
    "CallEnded",
    "Caller",
    "Connection",
    "Experience",
    "NoLiveKit",
    "SimulatedPhone",
    "UnusableSound",
    "from_file",
    "tone",
    "voice",
]
