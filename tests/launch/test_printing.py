"""What commands say of numbers."""

import pytest

from grokgate.launch.printing import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 accounts"), (1, "1 account"), (2, "2 accounts")]
)
def test_one_thing_is_counted_in_the_singular(number: int, said: str) -> None:
    assert counted(number, "account") == said
