"""House numbers: small functions, small modules, names that say something."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTION_LINES = 60
MODULE_LINES = 400
EMPTY_NAMES = {"utils", "util", "common", "core", "helpers", "helper", "misc"}
MARKS = ("TO" + "DO", "FIX" + "ME", "X" * 3, "unittest." + "mock", "pytest." + "skip")


def modules() -> Iterator[Path]:
    for root in ("protos", "services", "gateway_http", "tests"):
        for path in sorted((ROOT / root).rglob("*.py")):
            if "_pb2" not in path.name:
                yield path


MODULES = list(modules())
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]
SOURCES = [path for path in MODULES if path.relative_to(ROOT).parts[0] != "tests"]


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_is_one_idea(path: Path) -> None:
    text = path.read_text()
    assert path.stem not in EMPTY_NAMES
    assert text.count("\n") <= MODULE_LINES
    assert [mark for mark in MARKS if mark in text] == []
    assert not text or text.startswith('"""'), "a module begins by saying what it is"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in functions
        if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    }
    assert long == {}


def test_every_test_can_fail() -> None:
    silent = []
    for path in MODULES:
        if not path.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
                "test_"
            ):
                body = ast.dump(node).lower()
                if not any(
                    word in body
                    for word in ("assert", "raises", "expect", "check_", "run_state_machine")
                ):
                    silent.append(f"{path.name}: {node.name}")
    assert silent == []
