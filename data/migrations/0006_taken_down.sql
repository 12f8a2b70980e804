-- Reason: a picture whose message a moderator had deleted came back in the gallery.

ALTER TABLE jobs ADD COLUMN taken_down_ms INTEGER;
