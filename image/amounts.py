"""Amounts of memory as people write them."""

import re

from refusal import Refusal

UNITS = {"": 1 << 20, "M": 1 << 20, "G": 1 << 30}


def memory(text: str) -> int:
    """In bytes."""
    found = re.fullmatch(r"(\d{1,9})([MG]?)", text)
    if not found:
        raise Refusal(f"--memory {text}: want a number of MiB, or one with the suffix M or G")
    return int(found[1]) * UNITS[found[2]]
