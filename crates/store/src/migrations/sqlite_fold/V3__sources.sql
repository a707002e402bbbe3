-- Where a day's clicks came from, by platform, utm_source and utm_campaign; the empty name is for clicks that had none.
CREATE TABLE sources (
    workspace_id INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    rotator_id   INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    clicks       INTEGER NOT NULL,
    new          INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, kind, day, rotator_id, name)
) WITHOUT ROWID;
