-- What is computed from the clicks. A file of its own: a pass of the fold may take its time here without
-- standing in the recorder's way, and needs no sync, for a pass that is lost is done again.

CREATE TABLE watermark (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    click INTEGER NOT NULL
);
INSERT INTO watermark VALUES (1, 0);

-- Leads that have returned. Narrow, so that many returns share a page; the rest of "last seen" is in the click.
CREATE TABLE activity (
    lead_id       INTEGER PRIMARY KEY,
    last_click    INTEGER NOT NULL,
    clicks        INTEGER NOT NULL,
    last_platform TEXT
);

-- Each click's predecessor of the same lead: a timeline walks back along it. Appended, unlike an index by lead.
CREATE TABLE links (
    click    INTEGER PRIMARY KEY,
    previous INTEGER NOT NULL
);

-- Fingerprints of click IDs: who used them first, and which other browsers did.
CREATE TABLE click_ids (
    print        INTEGER PRIMARY KEY,
    lead_id      INTEGER NOT NULL,
    with_browser INTEGER NOT NULL,
    at           INTEGER NOT NULL
);

CREATE TABLE counters (
    workspace_id INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    rotator_id   INTEGER NOT NULL,
    metric       TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    n            INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, day, rotator_id, metric, key)
) WITHOUT ROWID;

-- Requests that were not counted, as raw text: the latest of each rotator and reason.
CREATE TABLE screening_samples (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    rotator_id   INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    request      TEXT    NOT NULL
);
CREATE INDEX screening_samples_by_reason ON screening_samples (rotator_id, reason, id);
