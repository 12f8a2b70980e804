-- Reason: people say the same choices again and again. Presets keep them under a name; defaults fill
-- what nobody says, for a person, a server or a style.

CREATE TABLE presets (
    owner_id      INTEGER NOT NULL,
    guild_id      INTEGER,
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    choices_json  TEXT NOT NULL CHECK (json_valid(choices_json)),
    created_ms    INTEGER NOT NULL CHECK (created_ms >= 0)
) STRICT;

CREATE UNIQUE INDEX presets_of_person ON presets (owner_id, name) WHERE guild_id IS NULL;
CREATE UNIQUE INDEX presets_of_guild ON presets (guild_id, name) WHERE guild_id IS NOT NULL;

CREATE TABLE defaults (
    person_id     INTEGER UNIQUE,
    guild_id      INTEGER UNIQUE,
    style_id      TEXT UNIQUE REFERENCES styles (id) ON DELETE CASCADE,
    choices_json  TEXT NOT NULL CHECK (json_valid(choices_json)),
    set_by        INTEGER,
    set_ms        INTEGER NOT NULL CHECK (set_ms >= 0),
    CHECK ((person_id IS NOT NULL) + (guild_id IS NOT NULL) + (style_id IS NOT NULL) = 1)
) STRICT;

CREATE INDEX defaults_by_setter ON defaults (set_by) WHERE set_by IS NOT NULL;

-- What an artist drew in a style, among what everybody did.
DROP INDEX jobs_by_style;
CREATE INDEX jobs_by_style ON jobs (style_id, owner_id) WHERE style_id IS NOT NULL;
