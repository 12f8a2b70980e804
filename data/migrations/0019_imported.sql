-- Reason: a LoRA file from elsewhere can be drawn with as well, and must never pass for the artist's
-- own hand; so its style says which file it came from.

ALTER TABLE styles ADD COLUMN source_file TEXT CHECK (length(source_file) > 0);
