-- Reason: a training's message shows its losses and what the base draws without the style; both
-- must be there after a restart.

ALTER TABLE style_versions ADD COLUMN
    bare_sha256s            TEXT NOT NULL DEFAULT '[]' CHECK (json_type(bare_sha256s) = 'array');

CREATE TABLE training_losses (
    version_id  TEXT NOT NULL REFERENCES style_versions (id) ON DELETE CASCADE,
    step        INTEGER NOT NULL CHECK (step >= 1),
    loss        REAL NOT NULL,
    PRIMARY KEY (version_id, step)
) STRICT, WITHOUT ROWID;

DROP VIEW blob_references;
CREATE VIEW blob_references AS
SELECT drawings.sha256 AS sha256, datasets.owner_id AS owner_id, 1 AS live
FROM drawings JOIN datasets ON datasets.id = drawings.dataset_id
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
