-- Guarantee: configuration changes leave an event, and the database dates them.
-- How: every table of config is tracked and stamped; grants.sql gives run-time roles SELECT and nothing else.
-- Raises: nothing of its own
-- Proved by: pgtap/config/tables.sql

alter table config.selection_rules alter column id set default aibos.uuid_v7();

call aibos._stamp('config.currencies');
call aibos._stamp('config.provider_profiles');
call aibos._stamp('config.selection_rules');
call aibos._stamp('config.settings');

call aibos.track('config.currencies');
call aibos.track('config.provider_profiles');
call aibos.track('config.selection_rules');
call aibos.track('config.settings');
