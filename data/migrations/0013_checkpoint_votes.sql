-- Reason: people choose the best checkpoint by reaction, and nobody wrote their votes down.

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

CREATE TRIGGER checkpoint_vote_events_never_change BEFORE UPDATE ON checkpoint_vote_events
BEGIN SELECT RAISE(ABORT, 'vote events are append-only'); END;

CREATE TRIGGER checkpoint_vote_events_never_go BEFORE DELETE ON checkpoint_vote_events
WHEN NOT EXISTS (SELECT 1 FROM erasure_pass)
BEGIN SELECT RAISE(ABORT, 'vote events are append-only'); END;
