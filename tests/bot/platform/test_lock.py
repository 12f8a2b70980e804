"""A folder is held by one process, and freed by its death."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.platform.lock import FolderHeld, hold_folder

HOLD = """
import sys, pathlib
from bot.platform.lock import hold_folder
lock = hold_folder(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_second_hold_is_refused_with_the_holders_number(tmp_path: Path) -> None:
    with hold_folder(tmp_path), pytest.raises(FolderHeld) as caught:
        hold_folder(tmp_path)
    assert caught.value.pid == os.getpid()
    assert caught.value.path == tmp_path


def test_released_folder_can_be_held_again(tmp_path: Path) -> None:
    lock = hold_folder(tmp_path / "new" / "folder")
    lock.release()
    lock.release()
    with hold_folder(tmp_path / "new" / "folder"):
        pass


def test_killed_holder_frees_the_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"held"
        with pytest.raises(FolderHeld) as caught:
            hold_folder(tmp_path)
        assert caught.value.pid == child.pid
        child.kill()
    hold_folder(tmp_path).release()


def test_child_of_the_holder_does_not_keep_the_hold(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    lock = hold_folder(tmp_path)
    with subprocess.Popen(command, stdin=subprocess.PIPE):
        lock.release()
        hold_folder(tmp_path).release()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    with hold_folder(tmp_path / "state"):
        assert (tmp_path / "state").stat().st_mode & 0o077 == 0
