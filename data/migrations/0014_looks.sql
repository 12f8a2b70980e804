-- Reason: what was measured of a drawing was forgotten with its card, and what was laid on white
-- paper or cut could not be put back.

CREATE TABLE drawing_looks (
    drawing_id     TEXT PRIMARY KEY NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
    look_json      TEXT NOT NULL CHECK (json_valid(look_json)),
    source_sha256  TEXT CHECK (length(source_sha256) = 64 AND source_sha256 NOT GLOB '*[^0-9a-f]*'),
    paper          TEXT CHECK (length(paper) = 7 AND paper GLOB '#*'),
    crop_json      TEXT CHECK (json_array_length(crop_json) = 4),
    CHECK (source_sha256 IS NOT NULL OR (paper IS NULL AND crop_json IS NULL))
) STRICT;

CREATE INDEX drawing_looks_by_source ON drawing_looks (source_sha256)
WHERE source_sha256 IS NOT NULL;

DROP VIEW blob_references;

CREATE VIEW blob_references AS
SELECT drawings.sha256 AS sha256, datasets.owner_id AS owner_id, 1 AS live
FROM drawings JOIN datasets ON datasets.id = drawings.dataset_id
UNION ALL
SELECT drawing_looks.source_sha256, datasets.owner_id, 1
FROM drawing_looks
JOIN drawings ON drawings.id = drawing_looks.drawing_id
JOIN datasets ON datasets.id = drawings.dataset_id
WHERE drawing_looks.source_sha256 IS NOT NULL
UNION ALL
SELECT pictures.sha256, jobs.owner_id, 1
FROM pictures JOIN jobs ON jobs.id = pictures.job_id
UNION ALL
SELECT files.sha256, styles.owner_id, styles.deleted_ms IS NULL
FROM (
    SELECT version_id, style_sha256 AS sha256 FROM checkpoints
    UNION ALL
    SELECT version_id, state_sha256 FROM checkpoints WHERE state_sha256 IS NOT NULL
    UNION ALL
    SELECT version_id, value FROM checkpoints, json_each(sample_sha256s)
    UNION ALL
    SELECT style_versions.id, value FROM style_versions, json_each(bare_sha256s)
) AS files
JOIN style_versions ON style_versions.id = files.version_id
JOIN styles ON styles.id = style_versions.style_id;
