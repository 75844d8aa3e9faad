"""What a command says when it cannot do what it was asked: what is wrong, and what to do."""


class Refusal(Exception):
    """Bad input, or something that is missing on this machine."""
