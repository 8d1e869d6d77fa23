"""The rules that the contracts keep, checked on the compiled descriptors and the sources."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from grokgate.chassis.errors import Reason

PROTOS = Path(__file__).parents[2] / "protos"
SOURCES = sorted(PROTOS.rglob("*.proto"))
NAMES = [path.stem for path in SOURCES]


def descriptor(path: Path) -> Any:
    module = str(path.relative_to(PROTOS).with_suffix("")).replace("/", ".") + "_pb2"
    return importlib.import_module(module).DESCRIPTOR


def comment_above(lines: list[str], index: int) -> str:
    words: list[str] = []
    while index and lines[index - 1].strip().startswith("//"):
        index -= 1
        words.insert(0, lines[index].strip().removeprefix("//").strip())
    return "\n".join(words)


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_package_is_its_folder_and_ends_in_a_version(path: Path) -> None:
    package = descriptor(path).package
    assert package.replace(".", "/") == str(path.parent.relative_to(PROTOS))
    assert re.search(r"\.v\d+$", package)


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_services_and_rpcs_are_named_by_the_rules(path: Path) -> None:
    for service in descriptor(path).services_by_name.values():
        assert service.name.endswith("Service")
        for rpc in service.methods:
            assert rpc.input_type.name == f"{rpc.name}Request"
            assert rpc.output_type.name == f"{rpc.name}Response"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_the_zero_of_an_enum_is_unspecified(path: Path) -> None:
    for enum in descriptor(path).enum_types_by_name.values():
        zero = enum.values_by_number[0].name
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
        assert zero == f"{prefix}_UNSPECIFIED"
        assert all(value.name.startswith(prefix) for value in enum.values)


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_everything_is_described_and_begins_with_its_name(path: Path) -> None:
    lines = path.read_text().splitlines()
    for index, line in enumerate(lines):
        if named := re.match(r"\s*(?:service|rpc|message|enum) (\w+)", line):
            assert comment_above(lines, index).startswith(f"{named[1]} "), line
        elif re.match(r"\s*(optional |repeated |map<)?[\w.>, ]+ \w+ = \d+", line):
            assert comment_above(lines, index), line


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_an_rpc_names_only_reasons_that_exist(path: Path) -> None:
    lines = path.read_text().splitlines()
    for index, line in enumerate(lines):
        if re.match(r"\s*rpc ", line):
            named = re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", comment_above(lines, index))
            assert set(named) <= set(Reason), line


def test_money_is_int64_ticks() -> None:
    for path in SOURCES:
        for message in descriptor(path).message_types_by_name.values():
            for field in message.fields:
                if field.name.endswith("usd_ticks"):
                    assert field.type == field.TYPE_INT64, field.full_name
