"""Files keep their promise: a name exists only with its whole content."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
import sys
import time
from pathlib import Path

import pytest

import data.blobs
import data.durable
from data.blobs import Blobs
from data.errors import Damaged, NotFound
from tests.data.shelf import sha_of


def files(blobs: Blobs) -> set[str]:
    return {path.name for path in blobs.path("0" * 64).parents[1].glob("*/*")}


def make_old(path: Path, days: float = 1) -> None:
    long_ago = time.time() - days * 86_400
    os.utime(path, (long_ago, long_ago))


async def test_content_is_read_back_by_its_hash(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(b"a drawing")
    assert sha256 == hashlib.sha256(b"a drawing").hexdigest()
    assert await blobs.exists(sha256)
    assert await blobs.read(sha256) == b"a drawing"
    assert blobs.path(sha256).read_bytes() == b"a drawing"


async def test_the_same_content_at_the_same_time_is_one_file(blobs: Blobs) -> None:
    data_ = os.urandom(200_000)
    hashes = await asyncio.gather(*(blobs.put_bytes(data_) for _ in range(16)))
    assert len(set(hashes)) == 1
    assert files(blobs) == set(hashes)
    assert await blobs.read(hashes[0]) == data_


async def test_file_and_folder_are_flushed_before_a_put_returns(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await blobs.put_bytes(b"the first, which makes the folders")
    steps: list[str] = []

    def sync_file(path: Path) -> None:
        steps.append("file")
        assert not blobs.path(sha_of("x")).exists(), "the name may come only after the content"

    def sync_folder(path: Path) -> None:
        steps.append("folder")
        assert path == blobs.path(sha_of("x")).parent
        assert blobs.path(sha_of("x")).exists()

    monkeypatch.setattr(data.blobs, "sync_file", sync_file)
    monkeypatch.setattr(data.blobs, "sync_folder", sync_folder)
    await blobs.put_bytes(b"x")
    assert steps == ["file", "folder"]


async def test_folders_are_made_and_flushed_once_for_all(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Path] = []
    monkeypatch.setattr(data.blobs, "sync_folder", flushed.append)
    await blobs.put_bytes(b"x")
    root = blobs.path(sha_of("x")).parents[1]
    assert flushed == [root, blobs.path(sha_of("x")).parent]
    assert {f"{number:02x}" for number in range(256)} <= {path.name for path in root.iterdir()}


async def test_a_crash_before_the_rename_leaves_no_blob_and_the_sweep_clears_up(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(data.blobs, "sync_file", die)
        patch.setattr(Path, "unlink", lambda *_args, **_kwargs: None)  # no tidy end in a crash
        with pytest.raises(KeyboardInterrupt):
            blobs._put(b"half")
    left = [path for path in blobs.path("0" * 64).parents[1].glob("*/*") if path.is_file()]
    assert len(left) == 1
    assert not await blobs.exists(sha_of("half"))
    assert await blobs.sweep(set()) == 0, "a young unfinished file may be in use"
    make_old(left[0])
    assert await blobs.sweep(set()) == 1
    assert files(blobs) == set()


async def test_a_failed_put_leaves_nothing(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(data.blobs, "sync_file", full)
    with pytest.raises(OSError, match="disk full"):
        await blobs.put_bytes(b"x")
    assert files(blobs) == set()


async def test_a_truncated_file_is_replaced_by_the_whole_one(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(b"whole content")
    blobs.path(sha256).write_bytes(b"who")
    await blobs.put_bytes(b"whole content")
    assert await blobs.read(sha256) == b"whole content"


async def test_a_damaged_file_is_not_given_out(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(b"content")
    blobs.path(sha256).write_bytes(b"c0ntent")
    with pytest.raises(Damaged):
        await blobs.read(sha256)


async def test_adopting_moves_the_file_in(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "outbox.png"
    source.write_bytes(b"picture")
    assert await blobs.adopt(source, sha_of("picture")) == sha_of("picture")
    assert not source.exists()
    assert await blobs.read(sha_of("picture")) == b"picture"
    assert files(blobs) == {sha_of("picture")}


async def test_adopting_again_after_a_crash_is_fine(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "outbox.png"
    source.write_bytes(b"picture")
    await blobs.adopt(source, sha_of("picture"))
    assert await blobs.adopt(source, sha_of("picture")) == sha_of("picture")


async def test_adopting_known_content_takes_the_source_away(blobs: Blobs, tmp_path: Path) -> None:
    await blobs.put_bytes(b"picture")
    source = tmp_path / "outbox.png"
    source.write_bytes(b"picture")
    await blobs.adopt(source, sha_of("picture"))
    assert not source.exists()


async def test_adopting_a_file_with_other_content_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "outbox.png"
    source.write_bytes(b"something else")
    with pytest.raises(Damaged):
        await blobs.adopt(source, sha_of("picture"))
    assert source.read_bytes() == b"something else"
    assert files(blobs) == set()


async def test_adopting_nothing_is_not_found(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await blobs.adopt(tmp_path / "none.png", sha_of("picture"))


async def test_adopting_from_another_disk_copies(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "outbox.png"
    source.write_bytes(b"picture")
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self == source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    await blobs.adopt(source, sha_of("picture"))
    assert not source.exists()
    assert await blobs.read(sha_of("picture")) == b"picture"
    assert files(blobs) == {sha_of("picture")}


async def test_removing_takes_one_file(blobs: Blobs) -> None:
    one, other = await blobs.put_bytes(b"one"), await blobs.put_bytes(b"other")
    assert await blobs.remove(one) is True
    assert await blobs.remove(one) is False
    with pytest.raises(NotFound):
        await blobs.read(one)
    assert files(blobs) == {other}


async def test_what_was_made_of_a_file_goes_with_it(blobs: Blobs) -> None:
    one, other = await blobs.put_bytes(b"one"), await blobs.put_bytes(b"other")
    blobs.derived.mkdir()
    for sha256 in (one, other):
        (blobs.derived / f"{sha256}.mark.flat").write_bytes(b"made of it")
    await blobs.remove(one)
    assert [path.name for path in blobs.derived.iterdir()] == [f"{other}.mark.flat"]
    assert await blobs.sweep({other}, min_age_s=0) == 0
    await blobs.sweep(set(), min_age_s=-60)
    assert list(blobs.derived.iterdir()) == []


async def test_the_sweep_keeps_what_is_needed_and_what_is_young(blobs: Blobs) -> None:
    needed = await blobs.put_bytes(b"needed")
    old = await blobs.put_bytes(b"old")
    young = await blobs.put_bytes(b"young")
    make_old(blobs.path(needed))
    make_old(blobs.path(old))
    assert await blobs.sweep({needed}) == 1
    assert files(blobs) == {needed, young}


async def test_putting_old_content_again_protects_it_from_the_sweep(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(b"again")
    make_old(blobs.path(sha256))
    await blobs.put_bytes(b"again")
    assert await blobs.sweep(set()) == 0
    assert await blobs.exists(sha256)


async def test_an_adopted_file_counts_as_young_however_old_it_was(
    blobs: Blobs, tmp_path: Path
) -> None:
    source = tmp_path / "style.safetensors"
    source.write_bytes(b"style")
    make_old(source, days=30)
    await blobs.adopt(source, sha_of("style"))
    assert await blobs.sweep(set()) == 0


async def test_sweeping_an_empty_store_is_fine(blobs: Blobs) -> None:
    assert await blobs.sweep(set()) == 0


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_names_a_file(blobs: Blobs, name: str) -> None:
    with pytest.raises(ValueError, match="is no sha256"):
        blobs.path(name)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no POSIX mode there")
async def test_only_the_owner_may_look_into_the_store(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(b"private")
    for folder in (blobs.path(sha256).parent, blobs.path(sha256).parents[1]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
