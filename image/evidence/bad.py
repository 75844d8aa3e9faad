"""What is wrong with evidence that cannot even be read."""


class BadEvidence(ValueError):
    pass
