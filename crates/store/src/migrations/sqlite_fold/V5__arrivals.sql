-- Leads whose chat has started, of those that a click made: what the reports sum up. It follows from the changes of leads,
-- behind a watermark of its own, so that what was told before this table was there is in it, too.
ALTER TABLE watermark ADD COLUMN arrival INTEGER NOT NULL DEFAULT 0;

CREATE TABLE arrivals (
    lead_id    INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    -- Of the lead and its first click.
    born_at    INTEGER NOT NULL,
    rotator_id INTEGER NOT NULL,
    agent_id   TEXT    NOT NULL,
    platform   TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    campaign   TEXT    NOT NULL,
    in_app     TEXT    NOT NULL
);
CREATE INDEX arrivals_born ON arrivals ((lead_id >> 35), born_at, rotator_id, agent_id, platform, source, campaign, in_app);

-- Leads that are won, by when they were and when they first came: sales are summed up by either day. What they are worth
-- stands in the lead's row.
CREATE TABLE sales (
    lead_id    INTEGER PRIMARY KEY,
    won_at     INTEGER NOT NULL,
    born_at    INTEGER NOT NULL,
    rotator_id INTEGER NOT NULL,
    -- They had clicked more than once by then.
    returning_lead INTEGER NOT NULL
);
CREATE INDEX sales_by_sale ON sales ((lead_id >> 35), won_at);
CREATE INDEX sales_by_birth ON sales ((lead_id >> 35), born_at);
