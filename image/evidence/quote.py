"""The fields of a TDX quote, versions 4 and 5 (Intel, TDX DCAP Quoting Library API, A.3). dcap-qvl checks the signature."""

from typing import NamedTuple

from evidence.bad import BadEvidence

HEADER, BODY, TDX = 48, 584, 0x81
# The kinds of body that version 5 names: of TDX 1.0 and of TDX 1.5, which begins with the former.
BODIES = {2, 3}


class Quote(NamedTuple):
    td_attributes: bytes
    mr_td: bytes
    mr_config_id: bytes
    rtmr: tuple
    report_data: bytes

    @property
    def is_debug(self) -> bool:
        """Whether the host may look into the machine."""
        return bool(self.td_attributes[0] & 1)


def parse(data: bytes) -> Quote:
    version, tee = int.from_bytes(data[0:2], "little"), int.from_bytes(data[4:8], "little")
    if version not in (4, 5) or tee != TDX:
        raise BadEvidence(f"not a TDX quote: version {version}, TEE type {tee:#x}")
    start = HEADER
    if version == 5:
        if int.from_bytes(data[start:start + 2], "little") not in BODIES:
            raise BadEvidence("a version 5 quote whose body is not a TDX report")
        start += 6
    body = data[start:start + BODY]
    if len(body) < BODY:
        raise BadEvidence("the quote is truncated")
    field = lambda offset, size: body[offset:offset + size]
    return Quote(
        td_attributes=field(120, 8), mr_td=field(136, 48), mr_config_id=field(184, 48),
        rtmr=tuple(field(328 + 48 * index, 48) for index in range(4)), report_data=field(520, 64))
