"""The host's folder follows the list, whole files only, and nothing else in it is touched."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from bot.services.files import mirror
from bot.services.files.mirror import LIST_NAME, Mirror


class Shelf:
    """Some blobs, and the folder that follows them."""

    def __init__(self, root: Path) -> None:
        self.blobs, self.folder = root / "blobs", root / "deep" / "exports"
        self.blobs.mkdir()

    def follow(self, **wanted: bytes) -> None:
        shas = {f"{stem}.safetensors": self.put(data) for stem, data in wanted.items()}
        sources = {name: self.blobs / sha256 for name, sha256 in shas.items()}
        Mirror(self.folder).follow(shas, sources)

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        (self.blobs / sha256).write_bytes(data)
        return sha256

    def seen(self) -> dict[str, bytes]:
        paths = (path for path in self.folder.iterdir() if path.name != LIST_NAME)
        return {path.name: path.read_bytes() for path in paths}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_files_come_change_and_go(shelf: Shelf) -> None:
    shelf.follow(mira=b"1", ada=b"2")
    assert shelf.seen() == {"mira.safetensors": b"1", "ada.safetensors": b"2"}
    shelf.follow(mira=b"3")
    assert shelf.seen() == {"mira.safetensors": b"3"}
    shelf.follow()
    assert shelf.seen() == {}


def test_the_hosts_own_files_stay(shelf: Shelf) -> None:
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "mira.safetensors").write_bytes(b"the host's")
    (shelf.folder / "other.safetensors").write_bytes(b"too")
    shelf.follow(mira=b"1", ada=b"2")
    shelf.follow()
    assert shelf.seen() == {"mira.safetensors": b"the host's", "other.safetensors": b"too"}


def test_what_the_host_put_in_the_place_of_ours_stays(shelf: Shelf) -> None:
    shelf.follow(mira=b"1")
    (shelf.folder / "mira.safetensors").write_bytes(b"the host's")
    shelf.follow(mira=b"2")
    shelf.follow()
    assert shelf.seen() == {"mira.safetensors": b"the host's"}


def test_a_file_that_the_host_removed_comes_back(shelf: Shelf) -> None:
    shelf.follow(mira=b"1")
    (shelf.folder / "mira.safetensors").unlink()
    shelf.follow(mira=b"1")
    assert shelf.seen() == {"mira.safetensors": b"1"}


def test_a_death_in_the_middle_of_a_copy_leaves_no_half_file(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Death

    with monkeypatch.context() as patch:
        patch.setattr(mirror, "sync_file", die)
        patch.setattr(Path, "unlink", die)  # a dead process tidies nothing
        with pytest.raises(Death):
            shelf.follow(mira=b"1")
    assert [name for name in shelf.seen() if not name.endswith(".part")] == []
    assert len(shelf.seen()) == 1
    shelf.follow(mira=b"1")
    assert shelf.seen() == {"mira.safetensors": b"1"}


def test_a_death_before_the_list_was_written_is_made_good(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.follow(mira=b"1")
    (shelf.folder / LIST_NAME).unlink()
    shelf.follow(mira=b"1")
    shelf.follow()
    assert shelf.seen() == {}


def test_a_damaged_file_is_not_given_out(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    sha256 = shelf.put(b"1")
    (shelf.blobs / sha256).write_bytes(b"rotten")
    Mirror(shelf.folder).follow(
        {"mira.safetensors": sha256}, {"mira.safetensors": shelf.blobs / sha256}
    )
    assert shelf.seen() == {}
    assert "damaged" in caplog.text


@pytest.mark.parametrize("name", ["../a.safetensors", "/a.safetensors", "a", ".safetensors", "a/b"])
def test_no_name_leads_out_of_the_folder(shelf: Shelf, name: str, tmp_path: Path) -> None:
    sha256 = shelf.put(b"1")
    with pytest.raises(ValueError, match="is no name"):
        Mirror(shelf.folder).follow({name: sha256}, {name: shelf.blobs / sha256})
    # And none that somebody wrote into the list.
    victim = tmp_path / "deep" / "a.safetensors"
    victim.write_bytes(b"1")
    (shelf.folder / LIST_NAME).write_text(json.dumps({"../a.safetensors": sha256, "x": 1}))
    shelf.follow()
    assert victim.read_bytes() == b"1"


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"a": 1}'])
def test_a_list_that_cannot_be_read_costs_no_file(shelf: Shelf, text: str) -> None:
    shelf.follow(mira=b"1")
    (shelf.folder / LIST_NAME).write_text(text)
    shelf.follow(mira=b"1", ada=b"2")
    assert set(shelf.seen()) == {"mira.safetensors", "ada.safetensors"}
