"""The wheel holds everything and takes one name: installed outside the tree, it serves."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# -S and a path by hand: the development install's roots must not fill the gaps of the wheel.
_RUN = """
import sys
sys.path[:0] = [{target!r}, {site!r}]
import grokgate.launch.cli, grokgate.api.text.v1.text_pb2_grpc
assert grokgate.launch.cli.__file__.startswith({target!r})
assert all(path.startswith({target!r}) for path in grokgate.__path__), grokgate.__path__
sys.argv = ["grokgate", *{arguments!r}]
grokgate.launch.cli.main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    [path] = folder.glob("*.whl")
    return path


def test_the_wheel_installs_one_top_level_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"grokgate"}


def test_the_wheel_holds_what_is_not_python_too(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "grokgate/catalog/models.toml" in names
    assert "grokgate/edge/reference/page.css" in names
    assert "grokgate/api/billing/v1/billing_pb2.pyi" in names
    for migrations in ("billing/migrations", "media/videos/migrations"):
        assert any(name.startswith(f"grokgate/{migrations}/") for name in names)
    assert not any("tests" in name for name in names)


def test_the_installed_wheel_serves(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    script = _RUN.format(
        target=str(target),
        site=sysconfig.get_paths()["purelib"],
        arguments=["serve", "all", "--demo"],
    )
    process = subprocess.Popen(
        (sys.executable, "-S", "-c", script),
        cwd=tmp_path,
        env={"GROKGATE_PORT": "0", "GROKGATE_GRPC_ADDRESS": "127.0.0.1:0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed and (line := process.stdout.readline()):
        printed += line
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert "grokgate is ready" in printed, errors
    assert process.returncode == 0, errors
