-- Reason: a name used in a second server made a version of the first server's style, and could
-- not be shared in the second. An artist has a name once in each server now.

DROP INDEX styles_by_name;
CREATE UNIQUE INDEX styles_by_name ON styles (owner_id, name_key, coalesce(guild_id, 0))
WHERE deleted_ms IS NULL;
