-- Reason: an artist may train on all drawings; that has to be remembered until the training starts,
-- and with the version for ever.

CREATE TABLE split_choices (
    dataset_id    TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    train_on_all  INTEGER NOT NULL CHECK (train_on_all IN (0, 1))
) STRICT;

CREATE TRIGGER split_choices_sealed_insert BEFORE INSERT ON split_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER split_choices_sealed_update BEFORE UPDATE ON split_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;
