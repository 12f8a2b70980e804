-- Reason: a host may hold several bases. A job waits for its own, and a draft remembers on which one
-- it will be trained. '' is the host's first base.

ALTER TABLE jobs ADD COLUMN base TEXT NOT NULL DEFAULT '';

CREATE TABLE base_choices (
    dataset_id  TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    base        TEXT NOT NULL CHECK (length(base) > 0)
) STRICT;

CREATE TRIGGER base_choices_sealed_insert BEFORE INSERT ON base_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER base_choices_sealed_update BEFORE UPDATE ON base_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;
