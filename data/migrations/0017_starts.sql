-- Reason: pictures can start from others, a sketch that was handed over or an earlier picture; the
-- file must be there as long as the job may be drawn again.

CREATE TABLE draw_starts (
    job_id  TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    sha256  TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    PRIMARY KEY (job_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX draw_starts_by_content ON draw_starts (sha256);

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
SELECT draw_starts.sha256, jobs.owner_id, 1
FROM draw_starts JOIN jobs ON jobs.id = draw_starts.job_id
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

-- What artists say of pictures: "I could have drawn this". It is no vote: it tells how near a style
-- has come to its artist.
CREATE TABLE own_marks (
    picture_id  TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
    person_id   INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL CHECK (at_ms >= 0),
    PRIMARY KEY (picture_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX own_marks_by_person ON own_marks (person_id);
