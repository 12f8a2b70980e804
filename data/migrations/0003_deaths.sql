-- Reason: a job that kills the bot was begun again at every start, for ever. Deaths are counted now.

ALTER TABLE jobs ADD COLUMN
    deaths           INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0);

CREATE TRIGGER pictures_are_progress AFTER INSERT ON pictures
BEGIN UPDATE jobs SET deaths = 0 WHERE id = NEW.job_id AND deaths > 0; END;

CREATE TRIGGER checkpoints_are_progress AFTER INSERT ON checkpoints
BEGIN
    UPDATE jobs SET deaths = 0
    WHERE id = (SELECT job_id FROM style_versions WHERE id = NEW.version_id) AND deaths > 0;
END;
