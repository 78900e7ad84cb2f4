-- plane: both
-- One shape for the audit log of every plane, made by one procedure.

-- Domains are read once and kept; table checks would be parsed anew by each posting.
create domain aibos.audit_action as text
  constraint audit_action_ck check (value ~ '^[a-z]+(\.[a-z_]+)*$');
comment on domain aibos.audit_action is 'insert, update, delete, or a named act such as journal.posted.';
create domain aibos.sha256_hash as bytea
  constraint sha256_hash_ck check (octet_length(value) = 32);
comment on domain aibos.sha256_hash is 'A SHA-256: 32 bytes.';

create procedure aibos.create_audit_log(p_schema name)
language plpgsql
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  target text := format('%I.audit_events', p_schema);
begin
  execute format($ddl$
    create table %s (
      tenant_id uuid not null,
      id uuid not null,
      occurred_at timestamptz not null default clock_timestamp(),
      actor uuid,
      session_role text not null default session_user,
      action aibos.audit_action not null,
      object text not null,
      object_id text,
      before jsonb,
      after jsonb,
      reason text,
      request_id text,
      transaction_id xid8 not null default pg_current_xact_id(),
      backend_pid integer not null default pg_backend_pid(),
      leaf_version smallint,
      leaf_hash aibos.sha256_hash,
      constraint audit_events_tenant_id_id_pk primary key (tenant_id, id),
      constraint audit_events_leaf_ck check ((leaf_version is null) = (leaf_hash is null))
    )$ddl$, target);
  execute format('create index audit_events_occurred_at_idx on %s using brin (occurred_at)', target);
  execute format('comment on table %s is %L', target,
    'Append-only record of who did what to which object, why, and in which request.');
  execute format('comment on column %s.tenant_id is %L', target,
    'The tenant; the nil UUID marks a platform event that belongs to no tenant.');
  execute format('comment on column %s.id is %L', target,
    'The event; for journal.posted it equals the id of the posted entry.');
  execute format('comment on column %s.occurred_at is %L', target, 'Server clock at the moment of recording.');
  execute format('comment on column %s.actor is %L', target,
    'User named by the context (app.user_id); null where a change came without one.');
  execute format('comment on column %s.session_role is %L', target, 'Login that was connected; cannot be set by a client.');
  execute format('comment on column %s.action is %L', target, 'insert, update, delete, or a named act such as journal.posted.');
  execute format('comment on column %s.object is %L', target, 'Table, with its schema.');
  execute format('comment on column %s.object_id is %L', target, 'Key of the row within its tenant.');
  execute format('comment on column %s.before is %L', target, 'Row before: all of it for delete, the changed columns for update.');
  execute format('comment on column %s.after is %L', target, 'Row after: all of it for insert, the changed columns for update.');
  execute format('comment on column %s.reason is %L', target, 'Reason given by the context (app.reason).');
  execute format('comment on column %s.request_id is %L', target, 'Request named by the context (app.request_id).');
  execute format('comment on column %s.transaction_id is %L', target, 'Transaction that made the change.');
  execute format('comment on column %s.backend_pid is %L', target, 'Server process that made the change.');
  execute format('comment on column %s.leaf_version is %L', target, 'Version of the leaf encoding, where the event carries a leaf.');
  execute format('comment on column %s.leaf_hash is %L', target, 'SHA-256 of the canonical content of what was posted.');
end
$procedure$;
comment on procedure aibos.create_audit_log(name) is
  'Creates the table audit_events in a schema of ours; one shape for every plane.';
