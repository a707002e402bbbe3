-- Messages for other programs, folded out of clicks, changes of leads, absences of agents and alerts in the transaction
-- of their watermarks, and out of deliveries in the transaction that ends them.

-- How far alerts and absences are folded.
ALTER TABLE watermark ADD COLUMN alert INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watermark ADD COLUMN absence INTEGER NOT NULL DEFAULT 0;

CREATE TABLE webhook_messages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id  INTEGER NOT NULL,
    -- By which the receiver knows it again. It follows from what the message is about.
    message_id  TEXT    NOT NULL,
    -- lead.created, …
    event       TEXT    NOT NULL,
    lead_id     INTEGER,
    -- The click, the first and the last change, the delivery, or the absence.
    subject     INTEGER NOT NULL,
    subject_end INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    -- pending, sent, failed.
    state       TEXT    NOT NULL DEFAULT 'pending',
    -- Next attempt of what is pending; a claim moves it to the end of its lease.
    due         INTEGER NOT NULL,
    leased      INTEGER NOT NULL DEFAULT 0,
    -- Attempts of this round: a replay begins another.
    tries       INTEGER NOT NULL DEFAULT 0,
    settled_at  INTEGER
);
CREATE UNIQUE INDEX webhook_messages_by_id ON webhook_messages (webhook_id, message_id);
CREATE INDEX webhook_messages_due ON webhook_messages (webhook_id, due) WHERE state = 'pending';
-- The lists, newest first, and what can be forgotten.
CREATE INDEX webhook_messages_listed ON webhook_messages (webhook_id, id, state, event);
CREATE INDEX webhook_messages_settled ON webhook_messages (settled_at) WHERE settled_at IS NOT NULL;
-- What an erasure looks for.
CREATE INDEX webhook_messages_by_lead ON webhook_messages (lead_id) WHERE lead_id IS NOT NULL;

-- What is sent of a message, frozen before the first attempt, so that each attempt says the same. A table of its own: the
-- rows above stay short.
CREATE TABLE webhook_payloads (
    message INTEGER PRIMARY KEY,
    payload TEXT    NOT NULL
);

-- Each attempt, with what came of it.
CREATE TABLE webhook_attempts (
    id          INTEGER PRIMARY KEY,
    message     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    status      INTEGER,
    error       TEXT,
    duration_ms INTEGER NOT NULL
);
CREATE INDEX webhook_attempts_by_message ON webhook_attempts (message);
