-- Reason: who had just trained a style drew with the one before. The jobs say what was used last:
-- a training counts as well, from its end.

DROP INDEX people_by_style;
ALTER TABLE people DROP COLUMN last_style_id;
