"""Compile every contract under `protos/` to Python modules beside it.

Run by `make protos` and by the wheel build. Needs the exact grpcio-tools that `pyproject.toml`
pins, so that the generated code never asks for a newer runtime than the project's floor.
"""

import re
import shutil
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).parent
PYPROJECT = ROOT.parent / "pyproject.toml"


def check_toolchain() -> None:
    """Exit with one line unless the installed compiler is the pinned one."""
    pinned = re.search(r'"grpcio-tools==([\d.]+)"', PYPROJECT.read_text())
    installed = version("grpcio-tools")
    if pinned is None or pinned[1] != installed:
        sys.exit(f"protos: grpcio-tools is {installed}, pyproject.toml pins {pinned and pinned[1]}")


def include_folder(package: str) -> Path:
    """The folder from which a package's own .proto files are imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"protos: {package} is not installed")
    depth = package.count(".") + 1
    return Path(spec.submodule_search_locations[0]).parents[depth - 1]


def plugin(name: str) -> str:
    """The path of a protoc plugin, found beside this interpreter or on PATH."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        sys.exit(f"protos: {name} is not installed")
    return f"--plugin={name}={found}"


def main() -> None:
    """Compile, or exit with the compiler's own message."""
    check_toolchain()
    sources = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.proto"))
    arguments = [
        "protoc",
        f"-I{ROOT}",
        f"-I{include_folder('grpc_tools') / 'grpc_tools' / '_proto'}",
        f"-I{include_folder('google.rpc')}",
        plugin("protoc-gen-mypy"),
        plugin("protoc-gen-mypy_grpc"),
        f"--python_out={ROOT}",
        f"--grpc_python_out={ROOT}",
        f"--mypy_out=quiet:{ROOT}",
        f"--mypy_grpc_out=quiet:{ROOT}",
        *sources,
    ]
    if code := protoc.main(arguments):
        sys.exit(code)


if __name__ == "__main__":
    main()
