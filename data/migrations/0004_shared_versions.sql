-- Reason: a new version of a shared style was drawn with by all before its artist had said so.
-- Each version is shared by itself now; a style is shared when one of its versions is.

ALTER TABLE style_versions ADD COLUMN
    shared_ms               INTEGER CHECK (shared_ms >= 0);

UPDATE style_versions
SET shared_ms = coalesce((SELECT finished_ms FROM jobs WHERE jobs.id = job_id), created_ms)
WHERE style_id IN (SELECT id FROM styles WHERE visibility = 'guild')
    AND (
        published_checkpoint_id IS NOT NULL
        OR coalesce((SELECT state FROM jobs WHERE jobs.id = job_id), 'done') = 'done'
    );

DROP INDEX styles_shared;
ALTER TABLE styles DROP COLUMN visibility;
CREATE INDEX styles_by_guild ON styles (guild_id, name_key) WHERE deleted_ms IS NULL;
