-- Guarantee: every error of the fabric has a stable code with a meaning and a next step.
-- How: the registry below is the only list; a test compares it with every code raised in sql/ and driver/.
-- Raises: nothing
-- Proved by: tests/conventions/error-codes.test.ts

insert into aibos.error_codes (code, name, meaning, next_step, raised_by)
values
  ('42501', 'tenant_required', 'The transaction names no tenant, or the role may not do this.', 'Set app.tenant_id in the transaction, or use the role that may.', 'sql'),
  ('IB001', 'server_too_old', 'The server is older than PostgreSQL 15.', 'Upgrade the server.', 'sql'),
  ('IB002', 'installer_lacks_rights', 'The installer may not create roles or schemas, or not grant an existing role.', 'Install as the owner of the database with CREATEROLE.', 'sql'),
  ('IB003', 'schema_taken', 'A schema of ours exists and belongs to someone else.', 'Rename it or install into another database.', 'sql'),
  ('IB004', 'role_unsafe', 'A role of ours exists with attributes that would undo the guarantees.', 'Take the attributes away.', 'sql'),
  ('IB005', 'not_in_transaction', 'The bundle does not run inside one transaction.', 'Use psql -1.', 'sql'),
  ('IB006', 'migration_edited', 'A migration that was applied has been edited since.', 'Restore the file as it was and put the change into a new migration.', 'sql'),
  ('IB007', 'encoding_not_utf8', 'The database is not encoded in UTF-8.', 'Install into a database in UTF-8.', 'sql'),
  ('IB101', 'tenant_unknown', 'The tenant of the context is not registered in this database.', 'Create it in kernel.tenants or register it.', 'sql'),
  ('IB102', 'tenant_not_active', 'The tenant is suspended or closed and may not write.', 'Reactivate it in the control plane.', 'sql'),
  ('IB103', 'tenant_change_refused', 'A row cannot move to another tenant.', 'Insert it again under the other tenant.', 'sql'),
  ('IB104', 'user_required', 'The transaction names no user.', 'Set app.user_id in the transaction.', 'sql'),
  ('IB105', 'tenant_delete_refused', 'A tenant cannot be deleted.', 'Set its status to closed.', 'sql'),
  ('IB110', 'not_guardable', 'A table or trigger is not in the state that a guarantee needs.', 'Do what the hint says, then call the procedure again.', 'sql'),
  ('IB201', 'entry_not_balanced', 'Debits and credits of an entry differ in a currency.', 'Correct the amounts.', 'sql'),
  ('IB202', 'entry_without_lines', 'An entry has fewer than two lines.', 'Send all lines in one statement with their entry.', 'sql'),
  ('IB203', 'entry_closed', 'A line came for an entry of another transaction.', 'Correct a posted entry by reversal.', 'sql'),
  ('IB204', 'lines_not_numbered', 'Lines are not numbered 1 to n, or did not arrive in one statement.', 'Insert all lines in one statement.', 'sql'),
  ('IB205', 'account_not_usable', 'An account is unknown in the company of the entry, or inactive.', 'Use an active account of the company.', 'sql'),
  ('IB206', 'currency_not_usable', 'A currency is unknown, or not the one of the account.', 'Use the currency of the account.', 'sql'),
  ('IB207', 'idempotency_key_reused', 'An idempotency key was used for a different entry.', 'Repeat the same request or choose another key.', 'sql'),
  ('IB208', 'not_reversible', 'The entry cannot be reversed by this one.', 'Reverse a posted entry of the company once, on or after its date.', 'sql'),
  ('IB209', 'reversal_does_not_mirror', 'The lines of a reversal are not the mirror of the original.', 'Use finance.reverse_journal().', 'sql'),
  ('IB210', 'posting_malformed', 'The arguments of a posting cannot be read as an entry.', 'Correct the field named in the detail.', 'sql'),
  ('IB212', 'key_change_refused', 'A column that posted entries rely on cannot change.', 'Make a new row.', 'sql'),
  ('IB301', 'append_only', 'The table is append-only.', 'Add a row that supersedes the old one; correct a posted entry by reversal.', 'sql'),
  ('IB302', 'truncate_refused', 'A tracked or isolated table cannot be truncated.', 'Delete its rows.', 'sql'),
  ('IB303', 'posting_not_recorded', 'A posting left no event.', 'Replay the bundle and run aibos doctor.', 'sql'),
  ('IB401', 'currency_unknown', 'A currency is not in config.currencies.', 'Use an ISO 4217 code or have it added.', 'sql'),
  ('IB801', 'period_missing', 'No fiscal period of the company holds the date.', 'Open the fiscal year.', 'sql'),
  ('IB802', 'period_not_open', 'The fiscal period of the date is closing or closed.', 'Use a date in an open period.', 'sql'),
  ('IB803', 'fiscal_year_malformed', 'A fiscal year does not begin on the first day of a month, or has periods of another length.', 'Pass the first day of a month, or insert the periods one by one.', 'sql')
on conflict (code) do update
  set name = excluded.name, meaning = excluded.meaning, next_step = excluded.next_step, raised_by = excluded.raised_by
  where (error_codes.name, error_codes.meaning, error_codes.next_step, error_codes.raised_by)
    is distinct from (excluded.name, excluded.meaning, excluded.next_step, excluded.raised_by);
