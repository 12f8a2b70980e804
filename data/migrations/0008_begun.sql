-- Reason: a death was held against every claimed job, also one that the engine had not begun.

ALTER TABLE jobs ADD COLUMN
    begun            INTEGER NOT NULL DEFAULT 0 CHECK (begun >= 0);
