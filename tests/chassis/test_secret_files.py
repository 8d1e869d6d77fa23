"""Secrets on disk."""

import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from grokgate.chassis.errors import StartupError
from grokgate.chassis.secret_files import load_or_create_secret, load_secret


def write_secret(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_secret_is_made_once_and_then_read(tmp_path: Path) -> None:
    numbers = count()
    path = tmp_path / "pepper"
    first = load_or_create_secret(path, lambda: f"secret-{next(numbers)}")
    second = load_or_create_secret(path, lambda: f"secret-{next(numbers)}")
    assert first.reveal() == second.reveal() == "secret-0"


def test_a_made_file_is_for_its_owner_and_leaves_no_draft(tmp_path: Path) -> None:
    load_or_create_secret(tmp_path / "pepper", lambda: "secret")
    assert [path.name for path in tmp_path.iterdir()] == ["pepper"]
    assert stat.S_IMODE((tmp_path / "pepper").stat().st_mode) == 0o600


def test_those_who_start_together_read_one_secret(tmp_path: Path) -> None:
    numbers = count()

    def load(_: int) -> str:
        return load_or_create_secret(tmp_path / "pepper", lambda: f"s{next(numbers)}").reveal()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(load, range(40)))) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602])
def test_a_file_open_to_others_is_refused_with_the_fix(tmp_path: Path, mode: int) -> None:
    path = write_secret(tmp_path / "pepper", "secret", mode)
    with pytest.raises(StartupError, match=f"chmod 600 {path}"):
        load_secret(path)


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(StartupError, match="is empty"):
        load_or_create_secret(write_secret(tmp_path / "pepper", text), lambda: "another")


def test_space_around_a_secret_is_not_part_of_it(tmp_path: Path) -> None:
    assert load_secret(write_secret(tmp_path / "pepper", " secret\n")).reveal() == "secret"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="pepper"):
        load_secret(tmp_path / "pepper")


def test_a_file_of_another_kind_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "pepper"
    path.write_bytes(b"\xff\xfesecret")
    path.chmod(0o600)
    with pytest.raises(StartupError) as caught:
        load_secret(path)
    assert "\\xfe" not in str(caught.value)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="nowhere"):
        load_or_create_secret(tmp_path / "nowhere" / "pepper", lambda: "secret")
