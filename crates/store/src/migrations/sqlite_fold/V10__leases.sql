-- What senders have claimed and not settled: once a request, where each delivery's row and its place among what is due would change
-- once more. From here on `due` of a delivery on its way is when it came due.
CREATE TABLE leases (
    id             INTEGER PRIMARY KEY,
    destination_id INTEGER NOT NULL,
    -- Nobody else gets them before.
    until          INTEGER NOT NULL,
    -- Ids, eight bytes each, the lowest byte first.
    deliveries     BLOB    NOT NULL
);
CREATE INDEX leases_of_destination ON leases (destination_id);
