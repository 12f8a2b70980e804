"""Styles: found by whom they may be found, drawn with the right version and checkpoint."""

from __future__ import annotations

import pytest

from data.errors import Conflict, NotFound
from data.models import (
    HOST,
    CheckpointId,
    JobState,
    OwnerId,
    StyleId,
    VersionId,
)
from tests.data.shelf import ANNA, BORIS, CLARA, ELSEWHERE, GUILD, Shelf

OTHER_BASE = "c" * 64


async def test_a_new_style_is_private(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, 77)
    assert (style.created_ms, style.deleted_ms) == (77, None)
    assert await shelf.styles.get(style.id) == style
    card = await shelf.styles.card(style.id, ANNA, GUILD)
    assert card is not None
    assert card.shared_number is None


@pytest.mark.parametrize("again", ["Осень", "осень", "  ОСЕНЬ "])
async def test_one_artist_has_a_name_once_in_any_script(shelf: Shelf, again: str) -> None:
    await shelf.styles.create(ANNA, "Осень", GUILD, shelf.now())
    with pytest.raises(Conflict):
        await shelf.styles.create(ANNA, again, GUILD, shelf.now())
    await shelf.styles.create(BORIS, again, GUILD, shelf.now())


async def test_one_artist_has_a_name_once_in_each_server(shelf: Shelf) -> None:
    places = (GUILD, ELSEWHERE, None)
    made = [await shelf.styles.create(ANNA, "Ink", place, shelf.now()) for place in places]
    for place in places:
        with pytest.raises(Conflict):
            await shelf.styles.create(ANNA, "ink", place, shelf.now())
    for style, place in zip(made, places, strict=True):
        found = await shelf.styles.find("ink", ANNA, place)
        assert found is not None
        assert found.style == style


async def test_renaming_obeys_the_same_rule(shelf: Shelf) -> None:
    ink = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    await shelf.styles.create(ANNA, "Brush", GUILD, shelf.now())
    with pytest.raises(Conflict):
        await shelf.styles.rename(ink.id, "BRUSH")
    await shelf.styles.rename(ink.id, "ink")
    assert [style.name for style in await shelf.styles.of_owner(ANNA)] == ["Brush", "ink"]


@pytest.mark.parametrize(
    ("viewer_id", "guild_id", "shared", "seen"),
    [
        pytest.param(ANNA, GUILD, False, True, id="owner"),
        pytest.param(ANNA, ELSEWHERE, False, True, id="owner elsewhere"),
        pytest.param(ANNA, None, False, True, id="owner in a DM"),
        pytest.param(BORIS, GUILD, False, False, id="private"),
        pytest.param(BORIS, GUILD, True, True, id="shared here"),
        pytest.param(BORIS, ELSEWHERE, True, False, id="shared elsewhere"),
        pytest.param(BORIS, None, True, False, id="shared, but in a DM"),
        pytest.param(HOST, None, False, False, id="host"),
    ],
)
async def test_who_finds_a_style(
    shelf: Shelf, viewer_id: OwnerId, guild_id: int | None, shared: bool, seen: bool
) -> None:
    style, version, saved = await shelf.trained(ANNA, "Ink")
    if shared:
        version = await shelf.share(version)
    found = await shelf.styles.find("iNK", viewer_id, guild_id)
    by_id = await shelf.styles.card(style.id, viewer_id, guild_id)
    usable = await shelf.styles.usable(viewer_id, guild_id)
    if not seen:
        assert (found, by_id, usable) == (None, None, ())
        return
    assert found is not None
    assert (found.style.id, found.version, found.checkpoint) == (style.id, version, saved)
    assert found.shared_number == (1 if shared else None)
    assert by_id == found
    assert usable == (found,)


async def test_the_host_finds_every_style_of_a_name(shelf: Shelf) -> None:
    annas = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    bobs = await shelf.styles.create(BORIS, "ink", None, shelf.now())
    gone = await shelf.styles.create(CLARA, "INK", GUILD, shelf.now())
    await shelf.styles.mark_deleted(gone.id, shelf.now())
    await shelf.styles.create(CLARA, "Inks", GUILD, shelf.now())
    assert await shelf.styles.named("iNk") == (annas, bobs)
    assert await shelf.styles.named(bobs.id) == (bobs,)
    assert await shelf.styles.named(gone.id) == ()


async def test_a_style_trained_outside_any_server_is_never_shared(shelf: Shelf) -> None:
    _, version, _ = await shelf.trained(ANNA, guild_id=None)
    await shelf.share(version)
    assert await shelf.styles.usable(BORIS, None) == ()


async def test_ones_own_style_comes_before_a_shared_one_of_the_same_name(shelf: Shelf) -> None:
    theirs, version, _ = await shelf.trained(BORIS, "Ink")
    await shelf.share(version)
    own, _, _ = await shelf.trained(ANNA, "ink")
    found = await shelf.styles.find("Ink", ANNA, GUILD)
    assert found is not None
    assert found.style.id == own.id
    shared = await shelf.styles.find("Ink", CLARA, GUILD)
    assert shared is not None
    assert shared.style.id == theirs.id
    assert [card.style.id for card in await shelf.styles.usable(ANNA, GUILD)] == [own.id, theirs.id]


async def test_a_style_without_a_checkpoint_is_found_but_not_usable(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    await shelf.training(style)
    found = await shelf.styles.find("Ink", ANNA, GUILD)
    assert found is not None
    assert (found.version, found.checkpoint) == (None, None)
    assert await shelf.styles.usable(ANNA, GUILD) == ()


async def test_a_deleted_style_is_gone_and_its_name_is_free(shelf: Shelf) -> None:
    style, _, _ = await shelf.trained(ANNA, "Ink")
    (picture,) = await shelf.drawn(BORIS, style=style)
    await shelf.styles.mark_deleted(style.id, 5_000)
    await shelf.styles.mark_deleted(style.id, 6_000)
    assert (await shelf.styles.get(style.id)).deleted_ms == 5_000
    assert await shelf.styles.find("Ink", ANNA, GUILD) is None
    assert await shelf.styles.usable(ANNA, GUILD) == ()
    assert await shelf.styles.of_owner(ANNA) == ()
    assert (await shelf.pictures.get(picture.id)).style_id == style.id
    await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())


async def test_the_published_checkpoint_is_drawn_with_else_the_last(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    early = await shelf.checkpoint(job, version, 100)
    late = await shelf.checkpoint(job, version, 200)
    assert early is not None
    card = await shelf.styles.card(style.id, ANNA, GUILD)
    assert card is not None
    assert card.checkpoint == late
    await shelf.checkpoints.publish(early.id)
    card = await shelf.styles.card(style.id, ANNA, GUILD)
    assert card is not None
    assert card.checkpoint == early
    assert card.version is not None
    assert card.version.published_checkpoint_id == early.id


async def test_while_a_second_version_trains_the_first_is_drawn_with(shelf: Shelf) -> None:
    style, first, _ = await shelf.trained(ANNA)
    job, second = await shelf.training(style)
    assert (first.number, second.number) == (1, 2)
    await shelf.checkpoint(job, second, 100)

    async def drawn_with() -> VersionId:
        card = await shelf.styles.card(style.id, ANNA, GUILD)
        assert card is not None
        assert card.version is not None
        return card.version.id

    assert await drawn_with() == first.id
    await shelf.end(job)
    assert await drawn_with() == second.id
    assert [one.id for one in await shelf.styles.versions(style.id)] == [first.id, second.id]


async def test_a_cancelled_version_is_drawn_with_only_when_there_is_no_better(
    shelf: Shelf,
) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    saved = await shelf.checkpoint(job, version, 100)
    assert saved is not None
    await shelf.end(job, JobState.CANCELLED)
    card = await shelf.styles.card(style.id, ANNA, GUILD)
    assert card is not None
    assert card.checkpoint is not None
    assert card.checkpoint.id == saved.id


async def drawn_with(shelf: Shelf, style_id: StyleId, viewer_id: OwnerId) -> int | None:
    card = await shelf.styles.card(style_id, viewer_id, GUILD)
    return None if card is None or card.version is None else card.version.number


async def test_others_draw_with_the_newest_shared_version_the_artist_with_the_newest(
    shelf: Shelf,
) -> None:
    style, first, _ = await shelf.trained(ANNA)
    await shelf.share(first)
    job, second = await shelf.training(style)
    await shelf.checkpoint(job, second, 100)
    assert [await drawn_with(shelf, style.id, one) for one in (ANNA, BORIS)] == [1, 1]
    await shelf.end(job)
    assert [await drawn_with(shelf, style.id, one) for one in (ANNA, BORIS)] == [2, 1]
    mine = await shelf.styles.card(style.id, ANNA, GUILD)
    assert mine is not None
    assert mine.shared_number == 1
    await shelf.share(second)
    assert await drawn_with(shelf, style.id, BORIS) == 2


async def test_each_version_is_taken_back_by_itself_or_all_at_once(shelf: Shelf) -> None:
    style, first, _ = await shelf.trained(ANNA)
    second = await shelf.next_version(style)
    for version in (first, second):
        await shelf.share(version)
    await shelf.styles.unshare(style.id, second.id)
    assert await drawn_with(shelf, style.id, BORIS) == 1
    await shelf.share(second)
    await shelf.styles.unshare(style.id)
    assert await drawn_with(shelf, style.id, BORIS) is None
    assert await shelf.styles.find("Ink", BORIS, GUILD) is None
    assert await drawn_with(shelf, style.id, ANNA) == 2


async def test_sharing_again_keeps_since_when(shelf: Shelf) -> None:
    _, version, _ = await shelf.trained(ANNA)
    assert version.shared_ms is None
    await shelf.styles.share(version.id, 70)
    await shelf.styles.share(version.id, 80)
    assert (await shelf.styles.version(version.id)).shared_ms == 70


async def test_a_chosen_checkpoint_shares_nothing(shelf: Shelf) -> None:
    style, first, _ = await shelf.trained(ANNA)
    await shelf.share(first)
    second = await shelf.next_version(style)
    (saved,) = await shelf.checkpoints.of_version(second.id)
    await shelf.checkpoints.publish(saved.id)
    assert [await drawn_with(shelf, style.id, one) for one in (ANNA, BORIS)] == [2, 1]


async def test_a_card_can_be_asked_for_one_version(shelf: Shelf) -> None:
    style, first, saved = await shelf.trained(ANNA)
    second = await shelf.next_version(style)
    await shelf.share(second)
    card = await shelf.styles.card(style.id, ANNA, GUILD, version_id=first.id)
    assert card is not None
    assert (card.version, card.checkpoint, card.shared_number) == (first, saved, 2)
    theirs = await shelf.styles.card(style.id, BORIS, GUILD, version_id=first.id)
    assert theirs is not None
    assert theirs.version is None, "the first is not shared"


async def test_a_style_shared_for_another_base_is_found_without_a_version(shelf: Shelf) -> None:
    _, version, _ = await shelf.trained(ANNA)
    await shelf.share(version)
    card = await shelf.styles.find("Ink", BORIS, GUILD, (OTHER_BASE,))
    assert card is not None
    assert (card.version, card.shared_number) == (None, None)


async def test_a_version_for_another_base_is_not_drawn_with(shelf: Shelf) -> None:
    style, first, _ = await shelf.trained(ANNA)
    job, second = await shelf.training(style, base_sha256=OTHER_BASE)
    await shelf.checkpoint(job, second, 100)
    await shelf.end(job)
    for base, expected in ((first.base_sha256, first.id), (OTHER_BASE, second.id)):
        card = await shelf.styles.find("Ink", ANNA, GUILD, (base,))
        assert card is not None
        assert card.version is not None
        assert card.version.id == expected
    unknown = await shelf.styles.find("Ink", ANNA, GUILD, ("d" * 64,))
    assert unknown is not None
    assert unknown.version is None
    assert await shelf.styles.usable(ANNA, GUILD, ("d" * 64,)) == ()


async def test_a_training_leads_to_its_version(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    draft = await shelf.dataset(ANNA, "a")
    job, version = await shelf.training(style, draft)
    found = await shelf.styles.version_of_job(job.id)
    assert found == version
    assert (version.dataset_id, version.job_id) == (draft.id, job.id)
    draw = await shelf.queue()
    assert await shelf.styles.version_of_job(draw.id) is None


async def test_a_job_makes_one_version(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    with pytest.raises(Conflict):
        await shelf.styles.add_version(
            style.id,
            base="builtin",
            base_sha256="b" * 64,
            family="builtin",
            dataset_id=None,
            job_id=job.id,
            recipe_json="{}",
            now=1,
        )
    assert await shelf.styles.versions(style.id) == (version,)


async def test_unknown_things_are_not_found(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.styles.get(StyleId("none"))
    with pytest.raises(NotFound):
        await shelf.styles.version(VersionId("none"))
    with pytest.raises(NotFound):
        await shelf.checkpoints.publish(CheckpointId("none"))
    with pytest.raises(NotFound):
        await shelf.styles.share(VersionId("none"), 1)
    with pytest.raises(NotFound):
        await shelf.styles.mark_deleted(StyleId("none"), 1)
    assert await shelf.styles.find("none", ANNA, GUILD) is None
    assert await shelf.styles.card(StyleId("none"), ANNA, GUILD) is None
