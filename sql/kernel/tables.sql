-- Guarantee: every table of the control plane is isolated by tenant, and each change to it leaves an event.
-- How: the three engine calls for each table; the audit log itself is append-only and takes rows from the recorder alone.
-- Raises: nothing of its own
-- Proved by: pgtap/kernel/tables.sql

alter table kernel.tenants alter column id set default aibos.uuid_v7();
alter table kernel.users alter column id set default aibos.uuid_v7();
alter table kernel.roles alter column id set default aibos.uuid_v7();
alter table kernel.sessions alter column id set default aibos.uuid_v7();
alter table kernel.routes alter column id set default aibos.uuid_v7();
alter table kernel.audit_events alter column id set default aibos.uuid_v7();

call aibos.isolate_tenant('kernel.users');
call aibos.isolate_tenant('kernel.roles');
call aibos.isolate_tenant('kernel.user_roles');
call aibos.isolate_tenant('kernel.sessions');
call aibos.isolate_tenant('kernel.routes');

call aibos._stamp('kernel.users');
call aibos._stamp('kernel.roles');
call aibos._stamp('kernel.sessions');
call aibos._stamp('kernel.routes');

call aibos.track('kernel.users');
call aibos.track('kernel.roles');
call aibos.track('kernel.user_roles');
call aibos.track('kernel.sessions');
call aibos.track('kernel.routes');

call aibos._protect_audit_log('kernel');
