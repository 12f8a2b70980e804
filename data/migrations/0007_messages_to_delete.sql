-- Reason: which messages of an erased person still had to be deleted was known in memory alone.

CREATE TABLE messages_to_delete (
    message_id  INTEGER PRIMARY KEY,
    channel_id  INTEGER NOT NULL,
    asked_ms    INTEGER NOT NULL CHECK (asked_ms >= 0)
) STRICT;
