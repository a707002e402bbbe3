-- Spreads Konektor's tables over the machines of a Citus cluster. Run it once, as the owner of the database, on the
-- coordinator, after the first Konektor has started (it makes the tables) and before there is much in them:
--
--   psql "$KONEKTOR_DATABASE" -f deploy/citus.sql
--
-- Tables that grow with visitors are spread by their workspace, all in the same way, so that what belongs to a workspace
-- lies on one machine. The small ones are copied to every machine.

CREATE EXTENSION IF NOT EXISTS citus;

-- == Copied to every machine

SELECT create_reference_table('workspaces');
SELECT create_reference_table('unsummed');
SELECT create_reference_table('users');
SELECT create_reference_table('installation');
SELECT create_reference_table('signing_keys');
SELECT create_reference_table('nodes');
SELECT create_reference_table('replayed');
SELECT create_reference_table('memberships');
SELECT create_reference_table('sessions');
SELECT create_reference_table('invitations');
SELECT create_reference_table('api_keys');
SELECT create_reference_table('hosts');
SELECT create_reference_table('screening_rules');
SELECT create_reference_table('agents');
SELECT create_reference_table('rotators');
SELECT create_reference_table('destinations');
SELECT create_reference_table('alerts');
SELECT create_reference_table('webhooks');
SELECT create_reference_table('agent_absences');
SELECT create_reference_table('forms');
SELECT create_reference_table('whatsapp');
SELECT create_reference_table('notices');
SELECT create_reference_table('mail_choices');
SELECT create_reference_table('digests');
SELECT create_reference_table('mails');

-- == Spread by workspace

SELECT create_distributed_table('leads', 'workspace_id');
SELECT create_distributed_table('clicks', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('numbers', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('lead_changes', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('erased', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('rotations', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('turns', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('keyed_requests', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('audit', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('activity', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('links', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('click_ids', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('counters', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('sources', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('screening_samples', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('deliveries', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('requests', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('exchanges', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('told', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('tracking', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('webhook_messages', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('webhook_payloads', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('webhook_attempts', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('form_posts', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('merges', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('identifiers', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('submissions', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('arrivals', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('sales', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('forgotten', 'workspace_id', colocate_with => 'leads');
SELECT create_distributed_table('reminders', 'workspace_id', colocate_with => 'leads');
