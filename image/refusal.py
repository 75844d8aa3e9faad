"""What a command prints when it cannot do what it was asked: what is wrong, and what to do."""


class Refusal(Exception):
    """Bad input, or something missing on this machine."""
