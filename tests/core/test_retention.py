"""The words of ALFRED_MOCK_RETENTION."""

import pytest

from alfred_mock.core.retention import Retention, Rule
from alfred_mock.core.settings import Settings
from tests.support import COMPANY, UNKNOWN_ID


def test_ages_counts_and_both() -> None:
    kept = Retention(["sessions=30d", "jobs=5000", "journal=12h/100", "tokens=5m"])
    assert kept.rule(COMPANY, "sessions") == Rule(30 * 86_400_000, None)
    assert kept.rule(COMPANY, "jobs") == Rule(None, 5_000)
    assert kept.rule(None, "journal") == Rule(12 * 3_600_000, 100)
    assert kept.rule(COMPANY, "tokens") == Rule(300_000, None)
    assert kept.rule(COMPANY, "files") == Rule()


def test_a_companys_own_rule_comes_first() -> None:
    kept = Retention([f"{COMPANY.upper()}:jobs=1", "jobs=2"])
    assert (kept.rule(COMPANY, "jobs").most, kept.rule(UNKNOWN_ID, "jobs").most) == (1, 2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("jobs", "is no KIND=AGE/COUNT"),
        ("cats=1d", "sessions, jobs, files, events, journal, tokens"),
        ("jobs=1y", "'1y' is no AGE"),
        ("jobs=1d/2d", "is no AGE"),
        ("jobs=-1", "is no AGE"),
        ("nobody:jobs=1", "is not the id of a company"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Settings(_env_file=None, retention=text)
