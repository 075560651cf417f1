"""Numbers nobody has: the ranges the German regulator keeps free for films and books."""

import random
from collections.abc import Iterator

RESERVED = (("+493023125", 3), ("+496990009", 3), ("+494066969", 3), ("+492214710", 3), ("+498999998", 3))
OUR_NUMBER = "+493023125000"


def pretend_numbers(chance: random.Random | None = None) -> Iterator[str]:
    """Plausible callers without end, none of them OUR_NUMBER and no two alike before all have been used."""
    everything = [f"{prefix}{tail:0{digits}}" for prefix, digits in RESERVED for tail in range(10**digits)]
    everything.remove(OUR_NUMBER)
    (chance or random.Random()).shuffle(everything)
    while True:
        yield from everything
