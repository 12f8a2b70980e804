-- Reason: what a tagger says was not told from the artist's own words, a training could not put a
-- trigger word before them, and no change of a caption could be taken back.

ALTER TABLE drawings ADD COLUMN caption_source TEXT
    CHECK (caption_source IN ('artist', 'sidecar', 'tagger', 'blip'));

-- Sealed drawings too: the words themselves stay as they are.
DROP TRIGGER drawings_sealed_update;

UPDATE drawings SET caption_source = 'artist' WHERE caption <> '';

CREATE TRIGGER drawings_sealed_update BEFORE UPDATE ON drawings
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE INDEX drawings_without_words ON drawings (dataset_id) WHERE caption_source IS NULL;

CREATE TABLE caption_settings (
    dataset_id    TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    trigger_word  TEXT NOT NULL DEFAULT '',
    keeps_scores  INTEGER NOT NULL DEFAULT 0 CHECK (keeps_scores IN (0, 1)),
    tells_tags    INTEGER NOT NULL DEFAULT 0 CHECK (tells_tags IN (0, 1))
) STRICT;

CREATE TRIGGER caption_settings_sealed_insert BEFORE INSERT ON caption_settings
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER caption_settings_sealed_update BEFORE UPDATE ON caption_settings
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TABLE caption_operations (
    seq         INTEGER PRIMARY KEY,
    dataset_id  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL
                CHECK (kind IN ('edit', 'add', 'remove', 'replace', 'import', 'undo')),
    undoes      INTEGER UNIQUE REFERENCES caption_operations (seq) ON DELETE CASCADE,
    at_ms       INTEGER NOT NULL CHECK (at_ms >= 0),
    CHECK ((kind = 'undo') = (undoes IS NOT NULL))
) STRICT;

CREATE INDEX caption_operations_by_dataset ON caption_operations (dataset_id, seq);

CREATE TABLE caption_changes (
    operation_seq  INTEGER NOT NULL REFERENCES caption_operations (seq) ON DELETE CASCADE,
    drawing_id     TEXT NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
    old_caption    TEXT NOT NULL,
    old_source     TEXT,
    new_caption    TEXT NOT NULL,
    new_source     TEXT,
    PRIMARY KEY (operation_seq, drawing_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX caption_changes_by_drawing ON caption_changes (drawing_id);

CREATE TRIGGER caption_operations_never_change BEFORE UPDATE ON caption_operations
BEGIN SELECT RAISE(ABORT, 'changes of captions are append-only'); END;

CREATE TRIGGER caption_changes_never_change BEFORE UPDATE ON caption_changes
BEGIN SELECT RAISE(ABORT, 'changes of captions are append-only'); END;
