"""GetTlsKey: the validity of certificates, on the DER."""

import datetime

import pytest

from certificates import issue, validity_der

UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
END_OF_2049 = 2_524_607_999
END_OF_9999 = 253_402_300_799
INVERTED = "not_before must be earlier than not_after"


def encoded(seconds: int) -> tuple:
    """(tag, text) of a time according to RFC 5280, 4.1.2.5."""
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    if moment.year < 2050:
        return UTC_TIME, moment.strftime("%y%m%d%H%M%SZ")
    return GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ")


PAIRS = [
    (0, 1),
    (0, END_OF_9999),
    (946_684_799, 946_684_800),  # 1999 and 2000
    (951_782_400, 951_868_800),  # 29 February and 1 March 2000
    (1_700_000_000, 1_700_000_001),
    (2**31 - 1, 2**31),  # 2038
    (END_OF_2049 - 1, END_OF_2049),
    (END_OF_2049, END_OF_2049 + 1),
    (END_OF_2049 + 1, END_OF_2049 + 2),
    (2**32 - 1, 2**32),  # 2106
    (4_107_542_399, 4_107_542_400),  # 28 February and 1 March 2100, no leap year
    (13_574_563_200, 13_574_649_600),  # 29 February and 1 March 2400
    (END_OF_9999 - 1, END_OF_9999),
]


@pytest.mark.parametrize("first, last", PAIRS)
def test_dates(api, tmp_path, first, last):
    issued = issue(api, subject="dates", not_before=first, not_after=last)
    assert validity_der(issued.leaf) == [encoded(first), encoded(last)]
    assert issued.leaf.not_valid_before_utc.timestamp() == first
    assert issued.leaf.not_valid_after_utc.timestamp() == last
    issued.assert_verifies(tmp_path, "-no_check_time")


def test_openssl_agrees_on_the_bounds(api, tmp_path):
    issued = issue(api, subject="bounds", not_before=1_700_000_000, not_after=END_OF_2049 + 100)
    # OpenSSL no longer accepts the last second itself.
    for moment, valid in ((1_699_999_999, False), (1_700_000_000, True), (END_OF_2049 + 99, True), (END_OF_2049 + 101, False)):
        result = issued.openssl_verify(tmp_path, "-x509_strict", "-attime", str(moment))
        assert (result.returncode == 0) is valid, (moment, result.stderr)


def test_defaults(api):
    """From 1975 on, for 3650 days from now; an hour is enough for the slowest machine."""
    issued = issue(api, subject="defaults")
    assert issued.leaf.not_valid_before_utc == datetime.datetime(1975, 1, 1, tzinfo=datetime.timezone.utc)
    expected = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3650)
    assert abs(issued.leaf.not_valid_after_utc - expected) < datetime.timedelta(hours=1)


def test_null_is_the_default(api):
    issued = issue(api, subject="null", not_before=None, not_after=None)
    assert issued.leaf.not_valid_before_utc.year == 1975


def test_one_of_the_two(api):
    assert validity_der(issue(api, subject="one", not_before=5).leaf)[0] == encoded(5)
    assert validity_der(issue(api, subject="one", not_after=END_OF_9999).leaf)[1] == encoded(END_OF_9999)


@pytest.mark.parametrize("first, last", [
    (1, 0), (0, 0), (1_700_000_000, 1_700_000_000), (END_OF_9999, END_OF_2049), (END_OF_9999, 0)])
def test_inverted_and_empty_validity_is_refused(api, first, last):
    assert INVERTED in api.refused("GetTlsKey", not_before=first, not_after=last)


def test_validity_inverted_by_a_default_is_refused(api):
    assert INVERTED in api.refused("GetTlsKey", not_after=1)
    assert INVERTED in api.refused("GetTlsKey", not_before=END_OF_9999)


@pytest.mark.parametrize("last", [END_OF_9999 + 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1])
def test_dates_after_9999_are_refused(api, last):
    api.refused("GetTlsKey", not_after=last)
    api.refused("GetTlsKey", not_before=last - 1, not_after=last)


@pytest.mark.parametrize("date", [-1, -(2**63), 2**64, 2**70, 1.0, 1.5, "", "0x0", "-1", "1.0", str(2**64), True, [0], {}])
def test_dates_that_are_no_uint64_are_refused(api, date):
    api.refused("GetTlsKey", not_before=date)
    api.refused("GetTlsKey", not_after=date)
