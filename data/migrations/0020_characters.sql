-- Reason: an artist draws the same characters again and again; their words are kept under a name,
-- and `@name` in a prompt stands for them.

CREATE TABLE characters (
    owner_id    INTEGER NOT NULL,
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    words       TEXT NOT NULL CHECK (length(words) BETWEEN 1 AND 300),
    guild_id    INTEGER,
    created_ms  INTEGER NOT NULL CHECK (created_ms >= 0),
    PRIMARY KEY (owner_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX characters_by_guild ON characters (guild_id, created_ms) WHERE guild_id IS NOT NULL;
