"""The parts of Reflex, Socket.IO and Engine.IO that are not public, each behind one small module.

Nothing else in the project imports them. Every module names the version it was written against; tests/unit/
test_reflex_contracts.py asks of each part whether it still does what is relied on here.
"""

WRITTEN_AGAINST = {
    "reflex": "0.10.1",
    "reflex-base": "0.10.1",
    "reflex-components-core": "0.10.1",
    "reflex-components-radix": "0.10.1",
    "python-socketio": "5.18.1",
    "python-engineio": "4.15.1",
}
