-- Reason: an artist may choose another recipe, and change it; that has to be remembered until the
-- training starts.

CREATE TABLE recipe_choices (
    dataset_id  TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    recipe      TEXT NOT NULL CHECK (length(recipe) > 0),
    changes     TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TRIGGER recipe_choices_sealed_insert BEFORE INSERT ON recipe_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER recipe_choices_sealed_update BEFORE UPDATE ON recipe_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;
