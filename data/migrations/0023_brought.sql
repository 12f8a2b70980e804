-- Reason: an artist may have trained a LoRA of their own elsewhere. A draft then holds the drawings
-- that an imported style was trained on; what starts from it makes no step, and makes the style
-- theirs.

CREATE TABLE brought (
    dataset_id  TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    style_id    TEXT NOT NULL REFERENCES styles (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX brought_by_style ON brought (style_id);
