-- The schema as it is today. A test compares it with what the migrations make; change both.
-- Times are UTC milliseconds, hashes lower-case sha256, ids as data.models.new_id makes them.

-- Drawings ------------------------------------------------------------------------------------

-- One row per version of a set of drawings; `lineage` is the id of the first version.
CREATE TABLE datasets (
    id          TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 25),
    lineage     TEXT NOT NULL,
    owner_id    INTEGER NOT NULL,
    name        TEXT NOT NULL CHECK (length(name) > 0),
    version     INTEGER NOT NULL CHECK (version >= 1),
    guild_id    INTEGER,
    channel_id  INTEGER,
    created_ms  INTEGER NOT NULL CHECK (created_ms >= 0),
    sealed_ms   INTEGER CHECK (sealed_ms >= 0),
    UNIQUE (lineage, version)
) STRICT;

CREATE INDEX datasets_by_owner ON datasets (owner_id, created_ms);

-- `caption_source` is whose words the caption is; NULL until somebody or something gave it words.
CREATE TABLE drawings (
    id          TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 25),
    dataset_id  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL CHECK (ordinal >= 1),
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    file_name   TEXT NOT NULL,
    width       INTEGER NOT NULL CHECK (width > 0),
    height      INTEGER NOT NULL CHECK (height > 0),
    caption     TEXT NOT NULL,
    split       TEXT NOT NULL DEFAULT 'train' CHECK (split IN ('train', 'held_out')),
    caption_source TEXT CHECK (caption_source IN ('artist', 'sidecar', 'tagger', 'blip')),
    UNIQUE (dataset_id, ordinal),
    UNIQUE (dataset_id, sha256)
) STRICT;

CREATE INDEX drawings_by_content ON drawings (sha256);
CREATE INDEX drawings_without_words ON drawings (dataset_id) WHERE caption_source IS NULL;

-- What was measured of a drawing. `source_sha256` is the picture that it was made of, where something
-- was done that can be undone: laid on `paper` (see-through ones), cut to `crop_json`.
CREATE TABLE drawing_looks (
    drawing_id     TEXT PRIMARY KEY NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
    look_json      TEXT NOT NULL CHECK (json_valid(look_json)),
    source_sha256  TEXT CHECK (length(source_sha256) = 64 AND source_sha256 NOT GLOB '*[^0-9a-f]*'),
    paper          TEXT CHECK (length(paper) = 7 AND paper GLOB '#*'),
    crop_json      TEXT CHECK (json_array_length(crop_json) = 4),
    CHECK (source_sha256 IS NOT NULL OR (paper IS NULL AND crop_json IS NULL))
) STRICT;

CREATE INDEX drawing_looks_by_source ON drawing_looks (source_sha256)
WHERE source_sha256 IS NOT NULL;

-- A sealed version never changes: a style says which drawings it was trained on.
-- (Deleting a whole version is no change: its row is gone before its drawings go.)
CREATE TRIGGER drawings_sealed_insert BEFORE INSERT ON drawings
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER drawings_sealed_update BEFORE UPDATE ON drawings
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER drawings_sealed_delete BEFORE DELETE ON drawings
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER datasets_seal_once BEFORE UPDATE OF sealed_ms ON datasets
WHEN OLD.sealed_ms IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

-- Captions ------------------------------------------------------------------------------------

-- What a training makes of the captions: a trigger word before all of them, score tags kept or not,
-- and whether the file tells which tags there were.
CREATE TABLE caption_settings (
    dataset_id    TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    trigger_word  TEXT NOT NULL DEFAULT '',
    keeps_scores  INTEGER NOT NULL DEFAULT 0 CHECK (keeps_scores IN (0, 1)),
    tells_tags    INTEGER NOT NULL DEFAULT 0 CHECK (tells_tags IN (0, 1))
) STRICT;

CREATE TRIGGER caption_settings_sealed_insert BEFORE INSERT ON caption_settings
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER caption_settings_sealed_update BEFORE UPDATE ON caption_settings
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

-- Everything that people did to captions, in order; an undo is one more operation.
CREATE TABLE caption_operations (
    seq         INTEGER PRIMARY KEY,
    dataset_id  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL
                CHECK (kind IN ('edit', 'add', 'remove', 'replace', 'import', 'undo')),
    undoes      INTEGER UNIQUE REFERENCES caption_operations (seq) ON DELETE CASCADE,
    at_ms       INTEGER NOT NULL CHECK (at_ms >= 0),
    CHECK ((kind = 'undo') = (undoes IS NOT NULL))
) STRICT;

CREATE INDEX caption_operations_by_dataset ON caption_operations (dataset_id, seq);

CREATE TABLE caption_changes (
    operation_seq  INTEGER NOT NULL REFERENCES caption_operations (seq) ON DELETE CASCADE,
    drawing_id     TEXT NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
    old_caption    TEXT NOT NULL,
    old_source     TEXT,
    new_caption    TEXT NOT NULL,
    new_source     TEXT,
    PRIMARY KEY (operation_seq, drawing_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX caption_changes_by_drawing ON caption_changes (drawing_id);

CREATE TRIGGER caption_operations_never_change BEFORE UPDATE ON caption_operations
BEGIN SELECT RAISE(ABORT, 'changes of captions are append-only'); END;

CREATE TRIGGER caption_changes_never_change BEFORE UPDATE ON caption_changes
BEGIN SELECT RAISE(ABORT, 'changes of captions are append-only'); END;

-- Without a row some drawings are kept aside as soon as there are enough.
CREATE TABLE split_choices (
    dataset_id    TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    train_on_all  INTEGER NOT NULL CHECK (train_on_all IN (0, 1))
) STRICT;

CREATE TRIGGER split_choices_sealed_insert BEFORE INSERT ON split_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER split_choices_sealed_update BEFORE UPDATE ON split_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

-- Without a row it is the usual recipe; `changes` is what was typed, read before it is kept.
CREATE TABLE recipe_choices (
    dataset_id  TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    recipe      TEXT NOT NULL CHECK (length(recipe) > 0),
    changes     TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TRIGGER recipe_choices_sealed_insert BEFORE INSERT ON recipe_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER recipe_choices_sealed_update BEFORE UPDATE ON recipe_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

-- Without a row drawings are of no kind; both tables are replaced as a whole, never changed.
CREATE TABLE kinds (
    dataset_id  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL CHECK (number BETWEEN 1 AND 4),
    name        TEXT NOT NULL DEFAULT '',
    word        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (dataset_id, number)
) STRICT;

CREATE TABLE drawing_kinds (
    drawing_id  TEXT PRIMARY KEY NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
    dataset_id  TEXT NOT NULL,
    number      INTEGER NOT NULL,
    FOREIGN KEY (dataset_id, number) REFERENCES kinds (dataset_id, number) ON DELETE CASCADE
) STRICT;

CREATE INDEX drawing_kinds_by_kind ON drawing_kinds (dataset_id, number);

CREATE TRIGGER kinds_sealed_insert BEFORE INSERT ON kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER kinds_sealed_delete BEFORE DELETE ON kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER kinds_never_change BEFORE UPDATE ON kinds
BEGIN SELECT RAISE(ABORT, 'kinds are replaced as a whole'); END;

CREATE TRIGGER drawing_kinds_sealed_insert BEFORE INSERT ON drawing_kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER drawing_kinds_sealed_delete BEFORE DELETE ON drawing_kinds
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER drawing_kinds_never_change BEFORE UPDATE ON drawing_kinds
BEGIN SELECT RAISE(ABORT, 'kinds are replaced as a whole'); END;

-- Styles --------------------------------------------------------------------------------------

-- `name_key` is the folded name: SQLite's NOCASE knows no Cyrillic.
-- `source_file` is the file from elsewhere that the style was imported from; NULL for one's own.
CREATE TABLE styles (
    id          TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 25),
    owner_id    INTEGER NOT NULL,
    name        TEXT NOT NULL CHECK (length(name) > 0),
    name_key    TEXT NOT NULL CHECK (length(name_key) > 0),
    guild_id    INTEGER,
    created_ms  INTEGER NOT NULL CHECK (created_ms >= 0),
    deleted_ms  INTEGER CHECK (deleted_ms >= 0)
    , source_file TEXT CHECK (length(source_file) > 0)
) STRICT;

CREATE UNIQUE INDEX styles_by_name ON styles (owner_id, name_key, coalesce(guild_id, 0))
WHERE deleted_ms IS NULL;
CREATE INDEX styles_by_guild ON styles (guild_id, name_key) WHERE deleted_ms IS NULL;

-- Jobs ----------------------------------------------------------------------------------------

-- `seq` is the order of arrival: it holds when the clock is set back.
-- `once_key` makes a repeated request the same job.
-- `begun` is the last attempt that the engine began.
-- `deaths` is how often the bot or the engine died with it since its last picture or checkpoint.
-- `taken_down_ms` is when its message was found deleted: nobody is shown its pictures since then.
CREATE TABLE jobs (
    seq              INTEGER PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 25),
    once_key         TEXT UNIQUE,
    kind             TEXT NOT NULL CHECK (kind IN ('train', 'draw')),
    state            TEXT NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    owner_id         INTEGER NOT NULL,
    guild_id         INTEGER,
    channel_id       INTEGER,
    message_id       INTEGER,
    locale           TEXT NOT NULL,
    request_json     TEXT NOT NULL CHECK (json_valid(request_json)),
    style_id         TEXT REFERENCES styles (id) ON DELETE SET NULL,
    attempt          INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    step             INTEGER NOT NULL DEFAULT 0 CHECK (step >= 0),
    steps            INTEGER NOT NULL DEFAULT 0 CHECK (steps >= 0),
    eta_at_ms        INTEGER,
    error_key        TEXT,
    error_facts      TEXT NOT NULL DEFAULT '{}' CHECK (json_type(error_facts) = 'object'),
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    quiet            INTEGER NOT NULL DEFAULT 0 CHECK (quiet IN (0, 1)),
    created_ms       INTEGER NOT NULL CHECK (created_ms >= 0),
    started_ms       INTEGER,
    finished_ms      INTEGER,
    announced_ms     INTEGER,
    parent_id        INTEGER, -- of a thread: the channel that it belongs to
    deaths           INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0),
    taken_down_ms    INTEGER,
    begun            INTEGER NOT NULL DEFAULT 0 CHECK (begun >= 0),
    base             TEXT NOT NULL DEFAULT '', -- '' is the host's first
    CHECK (state <> 'running' OR (attempt >= 1 AND started_ms IS NOT NULL)),
    CHECK ((state = 'failed') = (error_key IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_ms IS NOT NULL)),
    CHECK (announced_ms IS NULL OR finished_ms IS NOT NULL)
) STRICT;

CREATE INDEX jobs_queued ON jobs (owner_id, kind, seq, created_ms) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (owner_id, seq) WHERE state = 'running';
CREATE INDEX jobs_unannounced ON jobs (seq)
WHERE finished_ms IS NOT NULL AND announced_ms IS NULL;
CREATE INDEX jobs_started ON jobs (started_ms, owner_id);
CREATE INDEX jobs_by_owner ON jobs (owner_id);
CREATE INDEX jobs_by_guild ON jobs (guild_id);
CREATE INDEX jobs_by_message ON jobs (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX jobs_by_style ON jobs (style_id, owner_id) WHERE style_id IS NOT NULL;

-- An end is an end.
CREATE TRIGGER jobs_ended BEFORE UPDATE OF state, attempt ON jobs
WHEN OLD.state IN ('done', 'failed', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'the job has ended'); END;

-- How often each owner was served since the oldest waiting job came.
CREATE VIEW owner_loads AS
SELECT owner_id, count(*) AS served
FROM (
    SELECT seq, owner_id FROM jobs WHERE state = 'running'
    UNION
    SELECT seq, owner_id FROM jobs
    WHERE started_ms >= (SELECT min(created_ms) FROM jobs WHERE state = 'queued')
)
GROUP BY owner_id;

-- The waiting jobs as they will be claimed: the least served owner first, draws before trainings
-- among equals, then by arrival. An owner's second job counts as if the first had been served.
CREATE VIEW queue AS
SELECT
    waiting.seq,
    row_number() OVER (
        ORDER BY turn + coalesce(served, 0), kind = 'train', waiting.seq
    ) AS position
FROM (
    SELECT
        seq, owner_id, kind,
        row_number() OVER (PARTITION BY owner_id ORDER BY kind, seq) AS turn
    FROM jobs
    WHERE state = 'queued'
) AS waiting
LEFT JOIN owner_loads USING (owner_id);

-- Style versions ------------------------------------------------------------------------------

-- `shared_ms` is since when the style's server draws with this version; NULL while it is private.
-- `bare_sha256s` are the samples of its training as the base draws them without the style.
CREATE TABLE style_versions (
    id                      TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 25),
    style_id                TEXT NOT NULL REFERENCES styles (id) ON DELETE CASCADE,
    number                  INTEGER NOT NULL CHECK (number >= 1),
    base                    TEXT NOT NULL,
    base_sha256             TEXT NOT NULL,
    family                  TEXT NOT NULL,
    dataset_id              TEXT REFERENCES datasets (id) ON DELETE SET NULL,
    job_id                  TEXT UNIQUE REFERENCES jobs (id) ON DELETE SET NULL,
    recipe_json             TEXT NOT NULL CHECK (json_valid(recipe_json)),
    created_ms              INTEGER NOT NULL CHECK (created_ms >= 0),
    published_checkpoint_id TEXT REFERENCES checkpoints (id) ON DELETE SET NULL,
    shared_ms               INTEGER CHECK (shared_ms >= 0),
    bare_sha256s            TEXT NOT NULL DEFAULT '[]' CHECK (json_type(bare_sha256s) = 'array'),
    UNIQUE (style_id, number)
) STRICT;

CREATE INDEX style_versions_by_dataset ON style_versions (dataset_id)
WHERE dataset_id IS NOT NULL;
CREATE INDEX style_versions_by_published ON style_versions (published_checkpoint_id)
WHERE published_checkpoint_id IS NOT NULL;

CREATE TABLE checkpoints (
    id             TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 25),
    version_id     TEXT NOT NULL REFERENCES style_versions (id) ON DELETE CASCADE,
    step           INTEGER NOT NULL CHECK (step >= 0),
    steps          INTEGER NOT NULL CHECK (steps >= step),
    loss           REAL,
    held_out_loss  REAL,
    style_sha256   TEXT NOT NULL
                   CHECK (length(style_sha256) = 64 AND style_sha256 NOT GLOB '*[^0-9a-f]*'),
    state_sha256   TEXT
                   CHECK (length(state_sha256) = 64 AND state_sha256 NOT GLOB '*[^0-9a-f]*'),
    sample_sha256s TEXT NOT NULL DEFAULT '[]' CHECK (json_type(sample_sha256s) = 'array'),
    created_ms     INTEGER NOT NULL CHECK (created_ms >= 0),
    UNIQUE (version_id, step)
) STRICT;

-- The loss of a training, averaged over short stretches that end with `step`.
CREATE TABLE training_losses (
    version_id  TEXT NOT NULL REFERENCES style_versions (id) ON DELETE CASCADE,
    step        INTEGER NOT NULL CHECK (step >= 1),
    loss        REAL NOT NULL,
    PRIMARY KEY (version_id, step)
) STRICT, WITHOUT ROWID;

-- Pictures and votes --------------------------------------------------------------------------

CREATE TABLE pictures (
    id           TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 25),
    job_id       TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    ordinal      INTEGER NOT NULL CHECK (ordinal >= 0),
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    recipe_json  TEXT NOT NULL CHECK (json_valid(recipe_json)),
    rules        INTEGER NOT NULL CHECK (rules >= 1),
    style_id     TEXT REFERENCES styles (id) ON DELETE SET NULL,
    created_ms   INTEGER NOT NULL CHECK (created_ms >= 0),
    UNIQUE (job_id, ordinal)
) STRICT;

CREATE INDEX pictures_by_time ON pictures (created_ms);
CREATE INDEX pictures_by_style ON pictures (style_id) WHERE style_id IS NOT NULL;

-- A further result is progress: the deaths before it count no more.
CREATE TRIGGER pictures_are_progress AFTER INSERT ON pictures
BEGIN UPDATE jobs SET deaths = 0 WHERE id = NEW.job_id AND deaths > 0; END;

CREATE TRIGGER checkpoints_are_progress AFTER INSERT ON checkpoints
BEGIN
    UPDATE jobs SET deaths = 0
    WHERE id = (SELECT job_id FROM style_versions WHERE id = NEW.version_id) AND deaths > 0;
END;

-- What has ended never goes on: nothing will resume from its states.
CREATE TRIGGER states_end_with_their_job AFTER UPDATE OF state ON jobs
WHEN NEW.state IN ('done', 'failed', 'cancelled')
BEGIN
    UPDATE checkpoints SET state_sha256 = NULL
    WHERE version_id IN (SELECT id FROM style_versions WHERE job_id = NEW.id);
END;

-- Everything that ever happened to votes, in order; the table below follows from it.
CREATE TABLE vote_events (
    seq         INTEGER PRIMARY KEY,
    picture_id  TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
    voter_id    INTEGER NOT NULL,
    question    TEXT NOT NULL CHECK (question IN ('like')),
    action      TEXT NOT NULL CHECK (action IN ('cast', 'withdrawn')),
    source      TEXT NOT NULL CHECK (source IN ('gateway', 'reread')),
    weight      INTEGER NOT NULL CHECK (weight IN (0, 1)),
    at_ms       INTEGER NOT NULL CHECK (at_ms >= 0)
) STRICT;

CREATE INDEX vote_events_by_picture ON vote_events (picture_id);
CREATE INDEX vote_events_by_voter ON vote_events (voter_id);

-- The votes as they stand. One's own is kept with weight 0.
CREATE TABLE votes (
    picture_id  TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
    voter_id    INTEGER NOT NULL,
    question    TEXT NOT NULL CHECK (question IN ('like')),
    weight      INTEGER NOT NULL CHECK (weight IN (0, 1)),
    at_ms       INTEGER NOT NULL CHECK (at_ms >= 0),
    PRIMARY KEY (picture_id, voter_id, question)
) STRICT, WITHOUT ROWID;

CREATE INDEX votes_by_voter ON votes (voter_id);

-- As vote_events, for the checkpoints of a training.
CREATE TABLE checkpoint_vote_events (
    seq            INTEGER PRIMARY KEY,
    checkpoint_id  TEXT NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
    voter_id       INTEGER NOT NULL,
    action         TEXT NOT NULL CHECK (action IN ('cast', 'withdrawn')),
    source         TEXT NOT NULL CHECK (source IN ('gateway', 'reread')),
    weight         INTEGER NOT NULL CHECK (weight IN (0, 1)),
    at_ms          INTEGER NOT NULL CHECK (at_ms >= 0)
) STRICT;

CREATE INDEX checkpoint_vote_events_by_checkpoint ON checkpoint_vote_events (checkpoint_id);
CREATE INDEX checkpoint_vote_events_by_voter ON checkpoint_vote_events (voter_id);

-- The votes as they stand. The artist's own is kept with weight 0.
CREATE TABLE checkpoint_votes (
    checkpoint_id  TEXT NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
    voter_id       INTEGER NOT NULL,
    weight         INTEGER NOT NULL CHECK (weight IN (0, 1)),
    at_ms          INTEGER NOT NULL CHECK (at_ms >= 0),
    PRIMARY KEY (checkpoint_id, voter_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX checkpoint_votes_by_voter ON checkpoint_votes (voter_id);

-- A row in here, for the length of one transaction, lets events be deleted with their person.
CREATE TABLE erasure_pass (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1)
) STRICT;

CREATE TRIGGER vote_events_never_change BEFORE UPDATE ON vote_events
BEGIN SELECT RAISE(ABORT, 'vote events are append-only'); END;

CREATE TRIGGER vote_events_never_go BEFORE DELETE ON vote_events
WHEN NOT EXISTS (SELECT 1 FROM erasure_pass)
BEGIN SELECT RAISE(ABORT, 'vote events are append-only'); END;

CREATE TRIGGER checkpoint_vote_events_never_change BEFORE UPDATE ON checkpoint_vote_events
BEGIN SELECT RAISE(ABORT, 'vote events are append-only'); END;

CREATE TRIGGER checkpoint_vote_events_never_go BEFORE DELETE ON checkpoint_vote_events
WHEN NOT EXISTS (SELECT 1 FROM erasure_pass)
BEGIN SELECT RAISE(ABORT, 'vote events are append-only'); END;

-- People --------------------------------------------------------------------------------------

-- `drawing_sha256s` is what was agreed to, and stays when the drawings go.
CREATE TABLE consents (
    id              TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 25),
    owner_id        INTEGER NOT NULL,
    kind            TEXT NOT NULL CHECK (length(kind) > 0),
    text_version    TEXT NOT NULL CHECK (length(text_version) > 0),
    dataset_id      TEXT REFERENCES datasets (id) ON DELETE SET NULL,
    drawing_sha256s TEXT NOT NULL DEFAULT '[]' CHECK (json_type(drawing_sha256s) = 'array'),
    given_ms        INTEGER NOT NULL CHECK (given_ms >= 0),
    withdrawn_ms    INTEGER CHECK (withdrawn_ms >= given_ms)
) STRICT;

CREATE INDEX consents_by_owner ON consents (owner_id);
CREATE INDEX consents_by_dataset ON consents (dataset_id) WHERE dataset_id IS NOT NULL;

CREATE TABLE people (
    owner_id       INTEGER PRIMARY KEY,
    locale         TEXT
) STRICT;

CREATE TABLE channels (
    channel_id       INTEGER PRIMARY KEY,
    guild_id         INTEGER,
    default_style_id TEXT REFERENCES styles (id) ON DELETE SET NULL
) STRICT;

CREATE INDEX channels_by_style ON channels (default_style_id)
WHERE default_style_id IS NOT NULL;

-- Style files whose artist had everything erased: the hash is kept, to refuse the file later.
CREATE TABLE erased_styles (
    sha256     TEXT PRIMARY KEY NOT NULL
               CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    erased_ms  INTEGER NOT NULL CHECK (erased_ms >= 0)
) STRICT;

-- Messages that Discord still shows of people who had everything erased; whose, nobody knows.
CREATE TABLE messages_to_delete (
    message_id  INTEGER PRIMARY KEY,
    channel_id  INTEGER NOT NULL,
    asked_ms    INTEGER NOT NULL CHECK (asked_ms >= 0)
) STRICT;

-- The bot itself ------------------------------------------------------------------------------

CREATE TABLE meta (
    key    TEXT PRIMARY KEY NOT NULL,
    value  TEXT NOT NULL
) STRICT;

CREATE TABLE base_choices (
    dataset_id  TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    base        TEXT NOT NULL CHECK (length(base) > 0)
) STRICT;

CREATE TRIGGER base_choices_sealed_insert BEFORE INSERT ON base_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = NEW.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

CREATE TRIGGER base_choices_sealed_update BEFORE UPDATE ON base_choices
WHEN (SELECT sealed_ms FROM datasets WHERE id = OLD.dataset_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the dataset is sealed'); END;

-- Sets of drawings that an imported style was trained on elsewhere, as its artist says.
CREATE TABLE brought (
    dataset_id  TEXT PRIMARY KEY NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    style_id    TEXT NOT NULL REFERENCES styles (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX brought_by_style ON brought (style_id);

-- What draws start from: a file must be there as long as its job may be drawn again.
CREATE TABLE draw_starts (
    job_id  TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    sha256  TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    PRIMARY KEY (job_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX draw_starts_by_content ON draw_starts (sha256);

-- What artists say of pictures: "I could have drawn this". It is no vote: it tells how near a style
-- has come to its artist.
CREATE TABLE own_marks (
    picture_id  TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
    person_id   INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL CHECK (at_ms >= 0),
    PRIMARY KEY (picture_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX own_marks_by_person ON own_marks (person_id);

-- What `@name` in a prompt stands for; `guild_id` is the server whose people may draw it too.
CREATE TABLE characters (
    owner_id    INTEGER NOT NULL,
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    words       TEXT NOT NULL CHECK (length(words) BETWEEN 1 AND 300),
    guild_id    INTEGER,
    created_ms  INTEGER NOT NULL CHECK (created_ms >= 0),
    PRIMARY KEY (owner_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX characters_by_guild ON characters (guild_id, created_ms) WHERE guild_id IS NOT NULL;

-- Choices under a name: a person's, or with `guild_id` a server's, which `owner_id` saved. Names are
-- lower-case.
CREATE TABLE presets (
    owner_id      INTEGER NOT NULL,
    guild_id      INTEGER,
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    choices_json  TEXT NOT NULL CHECK (json_valid(choices_json)),
    created_ms    INTEGER NOT NULL CHECK (created_ms >= 0)
) STRICT;

CREATE UNIQUE INDEX presets_of_person ON presets (owner_id, name) WHERE guild_id IS NULL;
CREATE UNIQUE INDEX presets_of_guild ON presets (guild_id, name) WHERE guild_id IS NOT NULL;

-- What fills a draw where nobody says it: of a person, a server or a style.
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

-- Every file that a row names; `live` is 0 where a deleted style is the only reason.
CREATE VIEW blob_references AS
SELECT drawings.sha256 AS sha256, datasets.owner_id AS owner_id, 1 AS live
FROM drawings JOIN datasets ON datasets.id = drawings.dataset_id
UNION ALL
SELECT drawing_looks.source_sha256, datasets.owner_id, 1
FROM drawing_looks
JOIN drawings ON drawings.id = drawing_looks.drawing_id
JOIN datasets ON datasets.id = drawings.dataset_id
WHERE drawing_looks.source_sha256 IS NOT NULL
UNION ALL
SELECT pictures.sha256, jobs.owner_id, 1
FROM pictures JOIN jobs ON jobs.id = pictures.job_id
UNION ALL
SELECT draw_starts.sha256, jobs.owner_id, 1
FROM draw_starts JOIN jobs ON jobs.id = draw_starts.job_id
UNION ALL
SELECT files.sha256, styles.owner_id, styles.deleted_ms IS NULL
FROM (
    SELECT version_id, style_sha256 AS sha256 FROM checkpoints
    UNION ALL
    SELECT version_id, state_sha256 FROM checkpoints WHERE state_sha256 IS NOT NULL
    UNION ALL
    SELECT version_id, value FROM checkpoints, json_each(sample_sha256s)
    UNION ALL
    SELECT style_versions.id, value FROM style_versions, json_each(bare_sha256s)
) AS files
JOIN style_versions ON style_versions.id = files.version_id
JOIN styles ON styles.id = style_versions.style_id;
