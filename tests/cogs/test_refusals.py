"""What a card says about the files that were not taken."""

from __future__ import annotations

from bot.i18n import Texts
from bot.services.intake import Refused
from cogs.ui.refusals import refused_said

TEXTS = Texts("en")


def refused(*names: str, key: str = "intake.empty") -> list[Refused]:
    return [Refused(file_name=name, key=key, facts={}) for name in names]


def test_a_reason_is_said_once_for_all_its_files() -> None:
    some = refused("a.png", "c.png") + refused("b.gif", key="intake.animation")
    assert refused_said(TEXTS, some, 1_000).splitlines() == [
        "**3 files were not taken:**",
        "- `a.png`, `c.png`: this file is empty. Please export it again.",
        "- `b.gif`: this moves. Please send single drawings.",
    ]


def test_of_many_files_with_one_reason_the_number_is_told() -> None:
    said = refused_said(TEXTS, refused(*(f"{n}.png" for n in range(9))), 1_000)
    assert "`4.png`, `5.png` … (9): this file is empty." in said
    assert "more file" not in said


def test_what_does_not_fit_is_counted() -> None:
    some = refused("a.png", "c.png") + refused("b.gif", "d.gif", key="intake.animation")
    whole = refused_said(TEXTS, some, 1_000)
    for room in range(60, len(whole)):
        said = refused_said(TEXTS, some, room)
        assert len(said) <= room
        assert said.endswith(("… and 2 more files.", "… and 4 more files."))
    assert "more files" not in refused_said(TEXTS, some, len(whole) + 30)


def test_nothing_is_said_of_nothing() -> None:
    assert refused_said(TEXTS, [], 1_000) == ""
