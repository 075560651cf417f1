"""Who speaks in which tone (Hz): nobody shares one with anybody."""

AGENTS = {"anna": 1000, "ben": 1180, "chloe": 1390}
AT_THE_DESK = {"dora": 1640}
CALLERS = (400, 500, 620, 760)
TONES = (*AGENTS.values(), *AT_THE_DESK.values(), *CALLERS)
