-- How far clicks have lost what is kept for a time only: origin (address, user agent), click_ids. A click is never older than
-- its id says, so the clicks behind the mark are those that are left.
CREATE TABLE forgotten (
    workspace_id BIGINT NOT NULL,
    what         TEXT   NOT NULL,
    click        BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, what)
);
