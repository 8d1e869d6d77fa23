"""What an operator mistypes is told by the name that was typed, before anybody is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from grokgate.api.billing.v1 import admin_pb2
from grokgate.api.media.v1 import admin_pb2 as media_admin_pb2
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.launch.cli import app
from grokgate.launch.moments import Moment
from grokgate.launch.typed_names import TYPED_NAMES, in_typed_names
from tests.launch.running import Running, Terminal

ROOT: Any = typer.main.get_command(app)

# Far beyond 64 bits, and beyond what Python makes an integer of.
TOO_LARGE = ("9" * 20, "9" * 5000)
# What a terminal makes of a byte that is no UTF-8.
NOT_UTF8 = "a\udcff"

# Fields that no operator types: how a listing turns its pages, and what a command's name says.
UNTYPED = {
    ("ListAccountsRequest", "limit"),
    ("ListAccountsRequest", "after"),
    ("ListKeysRequest", "limit"),
    ("ListKeysRequest", "after"),
    ("UpdateAccountRequest", "suspended"),
    ("ListVideoJobsRequest", "outcome_unknown"),
}


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command, with the words that name it."""

    for name, command in ROOT.commands.items():
        for verb, inner in getattr(command, "commands", {}).items():
            yield (name, verb), inner
        if not hasattr(command, "commands"):
            yield (name,), command


def parameters(annotation: object) -> list[tuple[tuple[str, ...], Any]]:
    """Every argument and option of a kind, with the words of its command."""
    return [
        (words, parameter)
        for words, command in commands()
        for parameter in command.params
        if parameter.type_descriptor.annotation == annotation
    ]


def given(words: tuple[str, ...], parameter: Any, value: str) -> tuple[str, ...]:
    """A command line on which the parameter, and each other that is needed, has a value."""
    needed = next(command for one, command in commands() if one == words).params
    line = list(words)
    for one in needed:
        if one.param_type_name == "argument" and (one.required or one is parameter):
            line.append(value if one is parameter else "1")
        elif one is parameter or one.required:
            line += [one.opts[0], value if one is parameter else "1"]
    return tuple(line)


def label(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    return str(parameter.opts[0])


NUMBERS = parameters(int)
TEXTS = [one for kind in (str, list[str], Path, Moment) for one in parameters(kind)]


def named(found: list[tuple[tuple[str, ...], Any]]) -> list[str]:
    return [" ".join([*words, label(parameter)]) for words, parameter in found]


@pytest.mark.parametrize(("words", "parameter"), NUMBERS, ids=named(NUMBERS))
def test_a_number_that_is_too_large_is_told_its_option_and_range(
    terminal: Terminal, words: tuple[str, ...], parameter: Any
) -> None:
    for number in TOO_LARGE:
        told = terminal.misused(*given(words, parameter, number)).splitlines()[-1]
        assert label(parameter) in told
        assert "from" in told or "span" in told


@pytest.mark.parametrize(("words", "parameter"), TEXTS, ids=named(TEXTS))
def test_a_text_that_is_no_utf_8_is_told_its_option(
    terminal: Terminal, words: tuple[str, ...], parameter: Any
) -> None:
    told = terminal.misused(*given(words, parameter, NOT_UTF8)).splitlines()[-1]
    assert label(parameter) in told


def leaves(message: Descriptor) -> Iterator[FieldDescriptor]:
    """The fields of a message, and of those in it."""
    for field in message.fields:
        if field.message_type is None:
            yield field
        else:
            yield from leaves(field.message_type)


def test_every_field_of_every_admin_request_has_a_typed_name() -> None:
    services = (
        admin_pb2.DESCRIPTOR.services_by_name["AdminService"],
        media_admin_pb2.DESCRIPTOR.services_by_name["VideoAdminService"],
    )
    fields = {
        (method.input_type.name, field.name)
        for service in services
        for method in service.methods
        for field in leaves(method.input_type)
    }
    typed = {(one.DESCRIPTOR.name, field) for one, names in TYPED_NAMES.items() for field in names}
    assert typed == fields - UNTYPED
    assert fields >= UNTYPED


def test_every_typed_name_is_one_of_a_command() -> None:
    known = {
        word
        for _, command in commands()
        for parameter in command.params
        for word in (*parameter.opts, parameter.metavar)
    }
    typed = {
        word
        for names in TYPED_NAMES.values()
        for name in names.values()
        for word in name.split(" / ")
    }
    assert typed <= known


def test_an_error_about_nothing_that_was_typed_stays_as_it_is() -> None:
    error = GrokgateError(Reason.NOT_FOUND, "There is no key of that id.", param="id")
    assert in_typed_names(error, admin_pb2.VerifyLedgerRequest()) is error
    told = in_typed_names(error, admin_pb2.RevokeKeyRequest())
    assert (told.message, told.param) == (error.message, "KEY")


def test_the_ledgers_refusals_name_what_was_typed(gateway: Running) -> None:
    opened = gateway.refused("account", "open", "a b")
    assert opened.startswith("grokgate: `ACCOUNT` must have 1 to 64 letters")
    model = gateway.refused("key", "issue", "demo", "--model", "grok-99")
    assert model.startswith("grokgate: `--model` names `grok-99`")
    credit = gateway.refused("credit", "add", "demo", "--id", "none", "--ticks", "0")
    assert credit == "grokgate: `--usd / --ticks` must be above 0."


def test_a_period_without_a_budget_is_refused(terminal: Terminal) -> None:
    assert "there is no budget" in terminal.misused("key", "issue", "a", "--budget-period", "day")
