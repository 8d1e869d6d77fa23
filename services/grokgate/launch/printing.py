"""What a command prints: a table for people, JSON for scripts."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import typer
from google.protobuf.message import Message
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grokgate.launch.plain import plain

Row = TypeVar("Row")
MessageRow = TypeVar("MessageRow", bound=Message)

_NOTHING = "-"
# A pipe has no width that a line could be too long for.
_PIPE_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column's title and how a row fills it."""

    title: str
    cell: Callable[[Row], object]
    right: bool = False


def show(
    rows: Sequence[MessageRow], columns: Sequence[Column[MessageRow]], *, as_json: bool
) -> None:
    """A list: a table, or an array of the messages."""
    if as_json:
        print_json([plain(row) for row in rows])
    elif rows:
        print_table(rows, columns)
    else:
        print_note("There is none.")


def show_details(row: MessageRow, columns: Sequence[Column[MessageRow]], *, as_json: bool) -> None:
    """One thing with much to say: a line for each column, or an object."""
    if as_json:
        print_json(plain(row))
    else:
        console().print(_block(row, columns))


def show_one(row: MessageRow, columns: Sequence[Column[MessageRow]], *, as_json: bool) -> None:
    """One thing: a table of one row, or an object."""
    if as_json:
        print_json(plain(row))
    else:
        print_table([row], columns)


def print_json(value: Any) -> None:
    """A value as indented JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_json_line(value: Any) -> None:
    """A value as JSON on a line of its own, for who reads while more is to come."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_table(rows: Sequence[Row], columns: Sequence[Column[Row]]) -> None:
    """A table on standard output; on a terminal too narrow for it, a block for each row."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title, justify="right" if column.right else "left")
    for row in rows:
        table.add_row(*(_cell(column.cell(row)) for column in columns))
    lines = console()
    unbounded = lines.options.update(width=_PIPE_COLUMNS)
    if lines.measure(table, options=unbounded).maximum <= lines.width:
        lines.print(table)
    else:
        for row in rows:
            lines.print(_block(row, columns), "")


def print_note(text: str) -> None:
    """A remark for people on standard error, where no script reads it."""
    typer.echo(text, err=True)


def console(*, err: bool = False) -> Console:
    """A console that colours only terminals."""
    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else _PIPE_COLUMNS
    return Console(stderr=err, width=width, highlight=False)


def counted(number: int, what: str) -> str:
    """A number and what it counts: `1 hold`, `2 holds`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows a person that something long is under way."""
    terminal = console(err=True)
    if not terminal.is_terminal:
        yield
        return
    with terminal.status(what):
        yield


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a person how much is done; to be told the bytes done, and of how many."""
    bar = _bar(TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    task = bar.add_task(what)
    with bar:
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def percent() -> Iterator[Callable[[int, str], None]]:
    """Shows how far something is; to be told the percent done, and a word for it.

    A bar for a person at a terminal; else, as into a log, a line on standard error a change.
    """
    if not console(err=True).is_terminal:
        yield _line_a_change()
        return
    word = TextColumn("{task.description}")
    bar = _bar(word, BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    task = bar.add_task("", total=100)
    with bar:
        yield lambda done, what: bar.update(task, completed=done, description=what)


def _line_a_change() -> Callable[[int, str], None]:
    said = ""

    def tell(done: int, what: str) -> None:
        nonlocal said
        line = f"{what} {done} %"
        if line != said:
            said = line
            print_note(line)

    return tell


def _bar(*columns: ProgressColumn) -> Progress:
    """A bar on a terminal's standard error; nothing in a script."""
    terminal = console(err=True)
    return Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal)


def _block(row: Row, columns: Sequence[Column[Row]]) -> Table:
    block = Table.grid("title", "value", padding=(0, 2), pad_edge=False)
    for column in columns:
        block.add_row(Text(column.title, "bold"), _cell(column.cell(row)))
    return block


def _cell(value: object) -> Text:
    """A value as plain text: callers choose some, and must not draw on an operator's screen."""
    text = _NOTHING if value is None or value == "" else str(value)
    return Text("".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text))
