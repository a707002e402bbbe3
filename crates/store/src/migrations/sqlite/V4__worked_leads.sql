-- What the funnel and the report of agents are summed from, without touching a lead's row: the leads that somebody has
-- worked on, by when they first came. A row is born outside of both indexes, so the click path does not write to them.
-- An index only stands for the rows if it has every column that is named, `removed_at` too.
CREATE INDEX leads_worked ON leads ((id >> 35), created_at, rotator_id, agent_id, status, currency, value, removed_at)
    WHERE removed_at IS NULL AND (status IS NOT NULL OR value IS NOT NULL);
CREATE INDEX leads_removed ON leads ((id >> 35), created_at, rotator_id, removed_at) WHERE removed_at IS NOT NULL;
