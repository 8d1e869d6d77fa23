"""The wheel's build step: compile the contracts before files are collected."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileContracts(BuildHookInterface[Any]):
    """Runs `protos/compile.py` in the build environment."""

    def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build, editable ones included."""
        compiler = Path(self.root) / "protos" / "compile.py"
        subprocess.run([sys.executable, str(compiler)], check=True)  # noqa: S603  # our own script
