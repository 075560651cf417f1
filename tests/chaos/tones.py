"""Who speaks in which tone (Hz): nobody shares one with anybody."""

AGENTS = {"anna": 1000, "ben": 1180, "chloe": 1390}
AT_THE_DESK = {"dora": 1640}
CALLERS = (400, 525, 650, 775)
"""Never hundreds apart: sound comes in pieces of 10 ms; where these stutter a tone is heard 100 Hz beside itself."""
TONES = (*AGENTS.values(), *AT_THE_DESK.values(), *CALLERS)
