-- Reason: the last state of an ended training, its biggest file, was kept for ever.

CREATE TRIGGER states_end_with_their_job AFTER UPDATE OF state ON jobs
WHEN NEW.state IN ('done', 'failed', 'cancelled')
BEGIN
    UPDATE checkpoints SET state_sha256 = NULL
    WHERE version_id IN (SELECT id FROM style_versions WHERE job_id = NEW.id);
END;

UPDATE checkpoints SET state_sha256 = NULL
WHERE version_id NOT IN (
    SELECT style_versions.id FROM style_versions JOIN jobs ON jobs.id = job_id
    WHERE state IN ('queued', 'running')
);
