-- The outbox: events on their way to ad platforms. It is folded out of clicks and changes of status in the transaction
-- of the watermark, so each event is made once. What the platforms said is only here: from now on this file cannot be
-- thrown away and computed anew. It would come back without a verdict, and every event would be sent again.

-- How far the changes of leads are folded.
ALTER TABLE watermark ADD COLUMN change INTEGER NOT NULL DEFAULT 0;

CREATE TABLE deliveries (
    -- Never given twice: people and requests on their way name deliveries by it.
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    destination_id INTEGER NOT NULL,
    lead_id        INTEGER NOT NULL,
    -- The click that the event is attributed to: its facts are there and not copied.
    click_id       INTEGER NOT NULL,
    -- `click`, or the status.
    trigger_kind   TEXT    NOT NULL,
    -- The platform's name of the event.
    name           TEXT    NOT NULL,
    event_id       TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    consent        TEXT    NOT NULL,
    -- Of a status: {"phone", "email", "value", "currency"} as they were then, so that a retry says the same.
    details        TEXT,
    not_before     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    -- pending, sent, confirmed, dropped, expired.
    state          TEXT    NOT NULL,
    -- Next attempt of what is pending; a claim moves it to the end of its lease.
    due            INTEGER NOT NULL,
    attempts       INTEGER NOT NULL DEFAULT 0,
    code           TEXT,
    reason         TEXT,
    -- The request that it was last in.
    exchange_id    INTEGER,
    settled_at     INTEGER
);
-- What is to be sent next, and what is too old.
CREATE INDEX deliveries_due ON deliveries (destination_id, due, expires_at) WHERE state = 'pending';
-- The lists: a state of a destination, newest first, filtered without reading the rows.
CREATE INDEX deliveries_by_state ON deliveries (destination_id, state, id, trigger_kind, at);
-- How a destination does, and what can be forgotten.
CREATE INDEX deliveries_settled ON deliveries (destination_id, settled_at, state, code) WHERE settled_at IS NOT NULL;
CREATE INDEX deliveries_by_lead ON deliveries (lead_id);
CREATE INDEX deliveries_by_exchange ON deliveries (exchange_id) WHERE exchange_id IS NOT NULL;

-- What was last sent of a delivery, credentials struck out. A table of its own: a row of deliveries that grew by it
-- would not fit its page any more, and settling one would move its neighbours.
CREATE TABLE requests (
    delivery_id INTEGER PRIMARY KEY,
    request     TEXT    NOT NULL
);

-- Requests that were answered, or not: shared by the deliveries that were in them.
CREATE TABLE exchanges (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    destination_id INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    status         INTEGER,
    trace          TEXT,
    response       TEXT    NOT NULL,
    -- When to ask what became of it, where the platform only says so later.
    confirm_at     INTEGER,
    confirm_tries  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX exchanges_to_confirm ON exchanges (destination_id, confirm_at) WHERE confirm_at IS NOT NULL;

-- Which events a destination was told, by fingerprint: of the click ID, or of lead and event. For ever.
CREATE TABLE told (
    destination_id INTEGER NOT NULL,
    print          INTEGER NOT NULL,
    PRIMARY KEY (destination_id, print)
) WITHOUT ROWID;

-- A lead's deliveries by what became of them, from which its tracking status follows. It outlives them.
CREATE TABLE tracking (
    lead_id INTEGER PRIMARY KEY,
    pending INTEGER NOT NULL,
    sent    INTEGER NOT NULL,
    failed  INTEGER NOT NULL
);
-- The rare ones among a million leads.
CREATE INDEX tracking_pending ON tracking (lead_id) WHERE pending > 0;
CREATE INDEX tracking_failed ON tracking (lead_id) WHERE failed > 0;
