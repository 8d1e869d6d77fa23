"""What an operator types, and what a table shows."""

import io
from contextlib import redirect_stdout
from datetime import UTC, datetime

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from grokgate.edge.money import usd
from grokgate.launch import moments
from grokgate.launch.amounts import multiplier_ppm, shown_multiplier, usd_ticks
from grokgate.launch.printing import Column, print_table

NOW_MS = 1_780_000_000_000
DAY_MS = 86_400_000


@given(st.integers(-(2**60), 2**60))
def test_every_amount_that_is_shown_can_be_typed(ticks: int) -> None:
    assert usd_ticks(usd(ticks)) == ticks


@given(st.integers(1, 100_000_000))
def test_every_multiplier_that_is_shown_can_be_typed(ppm: int) -> None:
    assert multiplier_ppm(shown_multiplier(ppm)) == ppm


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T14:20:13Z", datetime(2026, 11, 21, 14, 20, 13, tzinfo=UTC)),
        ("2026-11-21T14:20:13.5+01:00", datetime(2026, 11, 21, 13, 20, 13, 500_000, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_with_its_zone(text: str, moment: datetime) -> None:
    assert moments.read_moment(text).at_ms == int(moment.timestamp() * 1000)


def test_a_span_goes_forth_or_back() -> None:
    assert moments.to_come_ms(moments.read_moment("30d"), NOW_MS) == NOW_MS + 30 * DAY_MS
    assert moments.gone_ms(moments.read_moment("90m"), NOW_MS) == NOW_MS - 90 * 60_000
    day = moments.read_moment("2026-05-28")
    assert moments.gone_ms(day, NOW_MS) == moments.to_come_ms(day, NOW_MS) == day.at_ms
    assert moments.shown(NOW_MS) == "2026-05-28 20:26:40Z"


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2026-11-21T14:20:13", "2026-13-01", "30", "1w", "-1d", "20261121"),
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no time"):
        moments.read_moment(text)


def test_a_table_shows_what_others_chose_as_plain_text() -> None:
    with redirect_stdout(io.StringIO()) as printed:
        print_table(["[red]\x1b[2Jx\n"], [Column("name", str)])
    assert "[red]\N{REPLACEMENT CHARACTER}[2Jx\N{REPLACEMENT CHARACTER}" in printed.getvalue()


class Screen(io.StringIO):
    """A terminal of 80 columns."""

    def isatty(self) -> bool:
        return True


def test_rows_too_wide_for_the_terminal_are_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    columns: list[Column[str]] = [
        Column("one", lambda row: row * 25),
        Column("two", lambda row: row * 25),
    ]
    with redirect_stdout(Screen()) as printed:
        print_table(["a", "b"], columns)
    assert printed.getvalue().split()[-4:] == ["a" * 25, "a" * 25, "b" * 25, "b" * 25]
    with redirect_stdout(Screen()) as printed:
        print_table(["ab", "cd"], columns)
    lines = [line.split() for line in printed.getvalue().splitlines()]
    assert lines[:3] == [["one", "ab" * 25], ["two", "ab" * 25], []]
    assert lines[3:5] == [["one", "cd" * 25], ["two", "cd" * 25]]
