-- Reason: an artist may say which drawings are of one kind, and by which word a kind is asked for;
-- that has to be remembered until the training starts, and with the version for ever.

CREATE TABLE kinds (
    dataset_id  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL CHECK (number BETWEEN 1 AND 4),
    name        TEXT NOT NULL DEFAULT '',
    word        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (dataset_id, number)
) STRICT;

CREATE TABLE drawing_kinds (
    drawing_id  TEXT PRIMARY KEY NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
    dataset_id  TEXT NOT NULL,
    number      INTEGER NOT NULL,
    FOREIGN KEY (dataset_id, number) REFERENCES kinds (dataset_id, number) ON DELETE CASCADE
) STRICT;

CREATE INDEX drawing_kinds_by_kind ON drawing_kinds (dataset_id, number);

CREATE TRIGGER kinds_sealed_insert BEFORE INSERT ON kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER kinds_sealed_delete BEFORE DELETE ON kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER kinds_never_change BEFORE UPDATE ON kinds
BEGIN SELECT RAISE(ABORT, 'kinds are replaced as a whole'); END;

CREATE TRIGGER drawing_kinds_sealed_insert BEFORE INSERT ON drawing_kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER drawing_kinds_sealed_delete BEFORE DELETE ON drawing_kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER drawing_kinds_never_change BEFORE UPDATE ON drawing_kinds
BEGIN SELECT RAISE(ABORT, 'kinds are replaced as a whole'); END;
