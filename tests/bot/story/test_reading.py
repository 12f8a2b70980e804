"""Reading windows and messages as a person does."""

import pytest

from bot.story.reading import FILE_UPLOAD, TEXT_INPUT, fill

FILES = [(f"{number}.png", b"x") for number in range(13)]


def upload(name: str, most: int) -> dict[str, object]:
    return {"type": 18, "component": {"type": FILE_UPLOAD, "custom_id": name, "max_values": most}}


MODAL = {
    "components": [
        {"type": 18, "component": {"type": TEXT_INPUT, "custom_id": "name"}},
        upload("a", 10),
        upload("b", 10),
    ]
}


def test_files_fill_the_upload_fields_in_order() -> None:
    values = fill(MODAL, FILES, "mira")
    assert values == {"name": "mira", "a": FILES[:10], "b": FILES[10:]}


def test_fields_without_files_are_left_out() -> None:
    assert fill(MODAL, FILES[:2], None) == {"a": FILES[:2]}


def test_more_files_than_room_are_refused() -> None:
    with pytest.raises(ValueError, match="3 more files"):
        fill({"components": [upload("a", 10)]}, FILES, None)
