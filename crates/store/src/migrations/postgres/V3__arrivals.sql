-- Leads whose chat has started, of those that a click made: what the reports sum up. It follows from the changes of leads.
CREATE TABLE arrivals (
    workspace_id BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    -- Of the lead and its first click.
    born_at      BIGINT NOT NULL,
    rotator_id   BIGINT NOT NULL,
    agent_id     TEXT   NOT NULL,
    platform     TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    campaign     TEXT   NOT NULL,
    in_app       TEXT   NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE INDEX arrivals_born ON arrivals (workspace_id, born_at)
    INCLUDE (rotator_id, agent_id, platform, source, campaign, in_app);

-- Leads that are won, by when they were and when they first came: sales are summed up by either day. What they are worth
-- stands in the lead's row.
CREATE TABLE sales (
    workspace_id BIGINT  NOT NULL,
    number       BIGINT  NOT NULL,
    won_at       BIGINT  NOT NULL,
    born_at      BIGINT  NOT NULL,
    rotator_id   BIGINT  NOT NULL,
    -- They had clicked more than once by then.
    returning_lead BOOLEAN NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE INDEX sales_by_sale ON sales (workspace_id, won_at);
CREATE INDEX sales_by_birth ON sales (workspace_id, born_at);
