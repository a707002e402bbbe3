-- Leads that have returned lately. A row here holds before the lead's in activity, into which it comes later, in the order of leads:
-- many then share a page, where each return would have changed one of its own.
CREATE TABLE recent_activity (
    lead_id       INTEGER PRIMARY KEY,
    last_click    INTEGER NOT NULL,
    clicks        INTEGER NOT NULL,
    last_platform TEXT
);

CREATE TABLE recent_activity_state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    -- How many rows recent_activity has.
    leads   INTEGER NOT NULL,
    -- The last lead that came into activity: the next ones follow it.
    settled INTEGER NOT NULL
);
INSERT INTO recent_activity_state VALUES (1, 0, -9223372036854775808);
