"""The arguments and options that commands share."""

import getpass
from typing import Annotated, Any

import typer

from grokgate.launch.amounts import usd_ticks
from grokgate.launch.reaching import Door


def limit(*names: str) -> Any:
    """An option that takes a number of things; 0 is no limit."""
    return typer.Option(*names, min=0, metavar="N", help="0 is no limit.", show_default=False)


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


def ticks_option(name: str) -> Any:
    """An option that takes an amount in ticks."""
    return typer.Option(name, metavar="N", help="The amount in ticks instead.", show_default=False)


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


Account = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="The account's id.", show_default=False)
]
AnyAccount = Annotated[
    str,
    typer.Argument(
        metavar="ACCOUNT", help="The account's id; every account without.", show_default=False
    ),
]
Name = Annotated[str, typer.Option(help="A name for people.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why, for the audit row.", show_default=False)]
PaymentId = Annotated[
    str,
    typer.Option(
        "--id", help="Your id of it, unique for ever: repeating it is safe.", show_default=False
    ),
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
Operator = Annotated[
    str,
    typer.Option(
        default_factory=_login_name,
        callback=_operator,
        show_default="your login name",
        help="Who signs the audit row.",
    ),
]
