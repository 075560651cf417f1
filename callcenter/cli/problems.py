"""What goes wrong around the program rather than in it."""


class Problem(Exception):
    """Something the person at the keyboard can mend; the text says what is wrong and what to do."""
