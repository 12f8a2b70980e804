"""Turn rows into values."""

from __future__ import annotations

import json
import sqlite3

from data.captions import CaptionSource
from data.models import (
    Checkpoint,
    Consent,
    Dataset,
    Drawing,
    Job,
    JobKind,
    JobState,
    Picture,
    Place,
    RankedPicture,
    Split,
    Style,
    StyleCard,
    StyleVersion,
)


def to_dataset(row: sqlite3.Row) -> Dataset:
    """Read a row of `datasets`."""
    return Dataset(
        id=row["id"],
        lineage=row["lineage"],
        owner_id=row["owner_id"],
        name=row["name"],
        version=row["version"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        created_ms=row["created_ms"],
        sealed_ms=row["sealed_ms"],
    )


def to_drawing(row: sqlite3.Row) -> Drawing:
    """Read a row of `drawings`."""
    return Drawing(
        id=row["id"],
        dataset_id=row["dataset_id"],
        ordinal=row["ordinal"],
        sha256=row["sha256"],
        file_name=row["file_name"],
        width=row["width"],
        height=row["height"],
        caption=row["caption"],
        split=Split(row["split"]),
        source=None if row["caption_source"] is None else CaptionSource(row["caption_source"]),
    )


def to_style(row: sqlite3.Row, prefix: str = "") -> Style:
    """Read a row of `styles`; in a join its columns carry a prefix."""
    return Style(
        id=row[prefix + "id"],
        owner_id=row[prefix + "owner_id"],
        name=row[prefix + "name"],
        guild_id=row[prefix + "guild_id"],
        created_ms=row[prefix + "created_ms"],
        deleted_ms=row[prefix + "deleted_ms"],
        source_file=row[prefix + "source_file"],
    )


def to_version(row: sqlite3.Row, prefix: str = "") -> StyleVersion:
    """Read a row of `style_versions`; in a join its columns carry a prefix."""
    return StyleVersion(
        id=row[prefix + "id"],
        style_id=row[prefix + "style_id"],
        number=row[prefix + "number"],
        base=row[prefix + "base"],
        base_sha256=row[prefix + "base_sha256"],
        family=row[prefix + "family"],
        dataset_id=row[prefix + "dataset_id"],
        job_id=row[prefix + "job_id"],
        recipe_json=row[prefix + "recipe_json"],
        created_ms=row[prefix + "created_ms"],
        published_checkpoint_id=row[prefix + "published_checkpoint_id"],
        shared_ms=row[prefix + "shared_ms"],
        bare_sha256s=tuple(json.loads(row[prefix + "bare_sha256s"])),
    )


def to_checkpoint(row: sqlite3.Row, prefix: str = "") -> Checkpoint:
    """Read a row of `checkpoints`; in a join its columns carry a prefix."""
    return Checkpoint(
        id=row[prefix + "id"],
        version_id=row[prefix + "version_id"],
        step=row[prefix + "step"],
        steps=row[prefix + "steps"],
        loss=row[prefix + "loss"],
        held_out_loss=row[prefix + "held_out_loss"],
        style_sha256=row[prefix + "style_sha256"],
        state_sha256=row[prefix + "state_sha256"],
        sample_sha256s=tuple(json.loads(row[prefix + "sample_sha256s"])),
        created_ms=row[prefix + "created_ms"],
    )


def to_card(row: sqlite3.Row) -> StyleCard:
    """Read a row of the card query: styles, versions as `v_…`, checkpoints as `c_…`."""
    return StyleCard(
        style=to_style(row),
        version=None if row["v_id"] is None else to_version(row, "v_"),
        checkpoint=None if row["c_id"] is None else to_checkpoint(row, "c_"),
        shared_number=row["shared_number"],
        numbers=tuple(sorted(json.loads(row["numbers"]))),
    )


def to_place(row: sqlite3.Row) -> Place:
    """Read where a job's message is."""
    return Place(
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        parent_id=row["parent_id"],
    )


def to_job(row: sqlite3.Row) -> Job:
    """Read a row of `jobs`."""
    return Job(
        id=row["id"],
        kind=JobKind(row["kind"]),
        state=JobState(row["state"]),
        owner_id=row["owner_id"],
        place=to_place(row),
        locale=row["locale"],
        request_json=row["request_json"],
        style_id=row["style_id"],
        attempt=row["attempt"],
        step=row["step"],
        steps=row["steps"],
        eta_at_ms=row["eta_at_ms"],
        error_key=row["error_key"],
        error_facts=json.loads(row["error_facts"]),
        cancel_requested=bool(row["cancel_requested"]),
        quiet=bool(row["quiet"]),
        base=row["base"],
        created_ms=row["created_ms"],
        started_ms=row["started_ms"],
        finished_ms=row["finished_ms"],
        announced_ms=row["announced_ms"],
    )


def to_picture(row: sqlite3.Row) -> Picture:
    """Read a row of `pictures`."""
    return Picture(
        id=row["id"],
        job_id=row["job_id"],
        ordinal=row["ordinal"],
        sha256=row["sha256"],
        recipe_json=row["recipe_json"],
        rules=row["rules"],
        style_id=row["style_id"],
        created_ms=row["created_ms"],
    )


def to_ranked_picture(row: sqlite3.Row) -> RankedPicture:
    """Read a row of a gallery query: a picture, its job's owner and place, its votes."""
    return RankedPicture(
        picture=to_picture(row),
        owner_id=row["owner_id"],
        place=to_place(row),
        votes=row["votes"],
    )


def to_consent(row: sqlite3.Row) -> Consent:
    """Read a row of `consents`."""
    return Consent(
        id=row["id"],
        owner_id=row["owner_id"],
        kind=row["kind"],
        text_version=row["text_version"],
        dataset_id=row["dataset_id"],
        drawing_sha256s=tuple(json.loads(row["drawing_sha256s"])),
        given_ms=row["given_ms"],
        withdrawn_ms=row["withdrawn_ms"],
    )
