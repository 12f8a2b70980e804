-- Reason: who sees a thread is said by its channel, and Discord forgets archived threads.

ALTER TABLE jobs ADD COLUMN parent_id INTEGER;
