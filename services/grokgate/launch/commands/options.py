"""The arguments and options that commands share."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from grokgate.billing.listings import MOST_PAGE_ROWS
from grokgate.billing.operators import MOST_PER_MINUTE
from grokgate.billing.refusals import MOST_USD_TICKS
from grokgate.launch.amounts import usd_ticks, whole
from grokgate.launch.moments import read_moment
from grokgate.launch.reaching import Door, MediaDoor


def read_text(value: str) -> str:
    """A text that can be sent; Python lets bytes that are no UTF-8 through as surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise typer.BadParameter(f"{value!r} cannot be used: it is not valid UTF-8") from exc
    return value


def text_argument(metavar: str, help_text: str) -> Any:
    """An argument that takes a text."""
    return typer.Argument(parser=read_text, metavar=metavar, help=help_text, show_default=False)


def text_option(*names: str, help_text: str, metavar: str = "TEXT") -> Any:
    """An option that takes a text."""
    return typer.Option(
        *names, parser=read_text, metavar=metavar, help=help_text, show_default=False
    )


def folder_argument(help_text: str) -> Any:
    """An argument that takes a folder."""
    return typer.Argument(
        parser=lambda value: Path(read_text(value)),
        metavar="FOLDER",
        help=help_text,
        show_default=False,
    )


def number_option(*names: str, least: int = 0, most: int, help_text: str) -> Any:
    """An option that takes an integer within a range."""
    return typer.Option(
        *names, parser=whole(least, most), metavar="N", help=help_text, show_default=False
    )


def limit(*names: str) -> Any:
    """An option that takes a number of things; 0 is no limit."""
    return number_option(
        *names, most=MOST_PER_MINUTE, help_text=f"At most {MOST_PER_MINUTE}; 0 is no limit."
    )


def rows(help_text: str) -> Any:
    """An option that takes how many rows are wanted."""
    return typer.Option(
        "--limit",
        parser=whole(1, MOST_PAGE_ROWS),
        metavar="N",
        help=f"{help_text} At most {MOST_PAGE_ROWS}.",
    )


def moment_option(name: str, help_text: str) -> Any:
    """An option that takes a time, or a span to or from it."""
    return typer.Option(
        name, parser=read_moment, metavar="TIME", help=help_text, show_default=False
    )


def since_option() -> Any:
    """An option that takes the time before which rows are not wanted."""
    return moment_option("--since", "Not those before: RFC 3339, a day in UTC, or a span as 7d.")


def amount(usd: int | None, ticks: int | None) -> int:
    """The ticks that `--usd` or `--ticks` gave."""
    given = optional_amount(usd, ticks, "--usd / --ticks")
    if given is None:
        raise typer.BadParameter("give one of them", param_hint="--usd / --ticks")
    return given


def optional_amount(usd: int | None, ticks: int | None, names: str) -> int | None:
    """The ticks that one of two options gave; None when neither was given."""
    if usd is not None and ticks is not None:
        raise typer.BadParameter("give one of them, not both", param_hint=names)
    return ticks if usd is None else usd


def usd_option(name: str) -> Any:
    """An option that takes an amount in USD, read exactly."""
    return typer.Option(
        name,
        parser=usd_ticks,
        metavar="USD",
        help="An amount in USD, such as 12.50, with at most 10 decimals.",
        show_default=False,
    )


def ticks_option(name: str, *, least: int = -MOST_USD_TICKS) -> Any:
    """An option that takes an amount in ticks."""
    return number_option(
        name, least=least, most=MOST_USD_TICKS, help_text="The amount in ticks instead."
    )


def _operator(name: str) -> str:
    """A name that gRPC metadata can carry."""
    if not (name.isascii() and name.isprintable() and name.strip()):
        raise typer.BadParameter(f"{name!r} must be printable ASCII")
    return name


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a uid without a name, as in many containers
        return "admin"


Account = Annotated[str, text_argument("ACCOUNT", "The account's id.")]
AnyAccount = Annotated[str, text_argument("ACCOUNT", "The account's id; every account without.")]
Name = Annotated[str, text_option("--name", help_text="A name for people.")]
Reason = Annotated[str, text_option("--reason", help_text="Why, for the audit row.")]
PaymentId = Annotated[
    str,
    text_option(
        "--id",
        metavar="ID",
        help_text="Your id of it, unique for ever. One that was used for the same account and "
        "amount changes nothing, and says so.",
    ),
]
OneAccount = Annotated[
    str, text_option("--account", metavar="ACCOUNT", help_text="One account; every one without.")
]
Usd = Annotated[int | None, usd_option("--usd")]
Ticks = Annotated[int | None, ticks_option("--ticks")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Service = Annotated[
    Door | None,
    typer.Option(
        "--service",
        help="Where billing is: grpc beside `serve all`, billing beside a split gateway. "
        "Without the option both are tried.",
    ),
]
MediaService = Annotated[
    MediaDoor | None,
    typer.Option(
        "--service",
        help="Where media is: grpc beside `serve all`, media beside a split gateway. "
        "Without the option both are tried.",
    ),
]
Operator = Annotated[
    str,
    typer.Option(
        default_factory=_login_name,
        callback=_operator,
        metavar="NAME",
        show_default="your login name",
        help="Who signs the audit row.",
    ),
]
