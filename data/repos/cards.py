"""The card of a style: which of its versions and checkpoints a person may draw with."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection

from data.db import Rows
from data.models import OwnerId, StyleCard, StyleId, VersionId
from data.rows import to_card

# Which version is drawn with: its artist draws with the newest that is finished or has a published
# checkpoint, else with the newest that has any checkpoint at all; others with the newest that is
# shared with this server. A version that keeps another checkpoint of a training (`kept`) is as new
# as that training, and comes after its own version.
_CARDS = """
WITH seen AS (
    SELECT styles.*, rowid AS arrival, owner_id = :viewer_id AS own
    FROM styles
    WHERE deleted_ms IS NULL
        AND (
            owner_id = :viewer_id
            OR (guild_id = :guild_id AND EXISTS (
                SELECT 1 FROM style_versions WHERE style_id = styles.id AND shared_ms IS NOT NULL
            ))
        )
        AND (:style_id IS NULL OR id = :style_id)
        AND (:name_key IS NULL OR name_key = :name_key)
),
drawable AS (
    SELECT
        version.id, version.style_id, version.number, version.shared_ms, seen.own,
        coalesce(trained.number, version.number) AS training,
        coalesce(trained.id, version.id) <> version.id AS kept,
        coalesce(jobs.state, 'done') = 'done'
            OR version.published_checkpoint_id IS NOT NULL AS finished
    FROM seen
    JOIN style_versions AS version ON version.style_id = seen.id
    LEFT JOIN jobs ON jobs.id = version.job_id
    LEFT JOIN checkpoints AS published ON published.id = version.published_checkpoint_id
    LEFT JOIN style_versions AS trained ON trained.id = published.version_id
    WHERE (:bases IS NULL OR version.base_sha256 IN (SELECT value FROM json_each(:bases)))
        AND (
            published.id IS NOT NULL
            OR EXISTS (SELECT 1 FROM checkpoints WHERE version_id = version.id)
        )
),
ranked AS (
    SELECT
        id,
        row_number() OVER (
            PARTITION BY style_id
            ORDER BY own AND finished DESC, training DESC, kept, number DESC
        ) AS rank
    FROM drawable
    WHERE (own OR shared_ms IS NOT NULL)
        AND (:version_id IS NULL OR id = :version_id)
        AND (:number IS NULL OR number = :number)
),
chosen AS (
    SELECT style_versions.*
    FROM ranked JOIN style_versions ON style_versions.id = ranked.id
    WHERE rank = 1
)
SELECT
    seen.*,
    (
        SELECT number FROM drawable WHERE style_id = seen.id AND shared_ms IS NOT NULL
        ORDER BY training DESC, kept, number DESC LIMIT 1
    ) AS shared_number,
    (
        SELECT json_group_array(number) FROM drawable
        WHERE style_id = seen.id AND (own OR shared_ms IS NOT NULL)
    ) AS numbers,
    v.id AS v_id, v.style_id AS v_style_id, v.number AS v_number, v.base AS v_base,
    v.base_sha256 AS v_base_sha256, v.family AS v_family, v.dataset_id AS v_dataset_id,
    v.job_id AS v_job_id, v.recipe_json AS v_recipe_json, v.created_ms AS v_created_ms,
    v.published_checkpoint_id AS v_published_checkpoint_id, v.shared_ms AS v_shared_ms,
    v.bare_sha256s AS v_bare_sha256s,
    c.id AS c_id, c.version_id AS c_version_id, c.step AS c_step, c.steps AS c_steps,
    c.loss AS c_loss, c.held_out_loss AS c_held_out_loss, c.style_sha256 AS c_style_sha256,
    c.state_sha256 AS c_state_sha256, c.sample_sha256s AS c_sample_sha256s,
    c.created_ms AS c_created_ms
FROM seen
LEFT JOIN chosen AS v ON v.style_id = seen.id
LEFT JOIN checkpoints AS c ON c.id = coalesce(
    v.published_checkpoint_id,
    (SELECT id FROM checkpoints WHERE version_id = v.id ORDER BY step DESC LIMIT 1)
)
ORDER BY own DESC, name_key, guild_id IS :guild_id DESC, c.id IS NULL, arrival
"""


def fold_name(name: str) -> str:
    """Return what two names share when they are the same to a reader, in any script."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


async def fetch_cards(
    rows: Rows,
    viewer_id: OwnerId,
    guild_id: int | None,
    bases: Collection[str] | None,
    *,
    style_id: StyleId | None = None,
    version_id: VersionId | None = None,
    name_key: str | None = None,
    number: int | None = None,
) -> tuple[StyleCard, ...]:
    """Return the cards of all styles that the viewer may draw with here, own ones first."""
    found = await rows.fetch_all(
        _CARDS,
        {
            "viewer_id": viewer_id,
            "guild_id": guild_id,
            "bases": None if bases is None else json.dumps(list(bases)),
            "style_id": style_id,
            "version_id": version_id,
            "name_key": name_key,
            "number": number,
        },
    )
    return tuple(to_card(row) for row in found)
