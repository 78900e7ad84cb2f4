import { mutant } from './mutant.ts';

/** Mutants of grants, memberships, owners and the attributes of functions. */
export const rightsMutants = [
  mutant(
    'the application may update lines',
    'grant update on finance.journal_lines to aibos_finance_role',
    'finance/immutability.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'the application may delete entries',
    'grant delete on finance.journal_entries to aibos_finance_role',
    'finance/immutability.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'the application may truncate lines',
    'grant truncate on finance.journal_lines to aibos_finance_role',
    'finance/immutability.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'the application may insert events',
    'grant insert on finance.audit_events to aibos_finance_role',
    'finance/posting_trace.sql',
  ),
  mutant(
    'the admin may delete events',
    'grant delete on finance.audit_events to aibos_admin',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the application may claim keys',
    'grant insert on finance.journal_keys to aibos_finance_role',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the application may claim reversals',
    'grant insert on finance.journal_reversals to aibos_finance_role',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the application may write into a part of the ledger',
    'grant insert on finance.journal_lines_part_1 to aibos_finance_role',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the application may insert deltas',
    'grant insert on finance.balance_deltas to aibos_finance_role',
    'finance/balances.sql',
  ),
  mutant(
    'the application may set the status of a period',
    'grant update (status) on finance.fiscal_periods to aibos_finance_role',
    'finance/periods.sql',
  ),
  mutant(
    'the application may say when an entry was posted',
    'grant insert (posted_at) on finance.journal_entries to aibos_finance_role',
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the application may lock accounts against all',
    'grant update on finance.accounts to aibos_finance_role',
    'hostile/l_table_locks.sql',
  ),
  mutant(
    'the finance role reads users',
    'grant usage on schema kernel to aibos_finance_role; grant select on kernel.users to aibos_finance_role',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the kernel role reads entries',
    'grant usage on schema finance to aibos_kernel_role; grant select on finance.journal_entries to aibos_kernel_role',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the application may create beside the ledger',
    'grant create on schema finance to aibos_finance_role',
    'conventions/roles.sql',
  ),
  mutant(
    'the application may open a part of the ledger',
    'grant execute on function finance.open_journal_part(timestamptz) to aibos_finance_role',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the application sees counts of all tenants',
    'grant execute on function finance.journal_integrity_by_tenant() to aibos_finance_role',
    'hostile/i_privileges.sql',
  ),
  mutant(
    'everyone may lock periods by function',
    'grant execute on function finance.lock_open_period(uuid, uuid, date) to public',
    'conventions/functions.sql',
  ),
  mutant(
    'everyone may fold balances',
    'grant execute on function finance.fold_balances(integer) to public',
    'conventions/functions.sql',
  ),
  mutant(
    'everyone may post',
    'grant execute on function finance.post_journals(jsonb, text) to public',
    'conventions/functions.sql',
  ),
  mutant(
    'the application may register tenants',
    'grant execute on function aibos.register_tenant(uuid, text, text, text) to aibos_finance_role',
    'aibos/tenant_registry.sql',
  ),
  mutant(
    'the finance role is the poster',
    'grant aibos_poster to aibos_finance_role',
    'conventions/roles.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the admin is the guard',
    'grant aibos_guard to aibos_admin',
    'conventions/roles.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the migration role is the owner',
    'grant aibos_owner to aibos_migration',
    'conventions/roles.sql',
  ),
  mutant(
    'the balance guard belongs to the owner of the tables',
    'alter function finance.assert_lines_balanced() owner to aibos_owner',
    'hostile/k_ledger.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the balance guard runs with the rights of the caller',
    'alter function finance.assert_lines_balanced() security invoker',
    'hostile/k_ledger.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the balance guard is stable',
    'alter function finance.assert_lines_balanced() stable',
    'conventions/functions.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the balance guard follows the search_path of the caller',
    'alter function finance.assert_lines_balanced() reset search_path',
    'conventions/functions.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the guard of lineless entries belongs to the owner of the tables',
    'alter function finance.assert_entry_has_lines() owner to aibos_owner',
    'finance/no_orphans.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the guard of lineless entries runs with the rights of the caller',
    'alter function finance.assert_entry_has_lines() security invoker',
    'finance/no_orphans.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the stamp of entries belongs to the owner of the tables',
    'alter function finance.stamp_entry() owner to aibos_owner',
    'finance/governance.sql',
  ),
  mutant(
    'the stamp of entries runs with the rights of the caller',
    'alter function finance.stamp_entry() security invoker',
    'finance/governance.sql',
  ),
  mutant(
    'the recorder of postings runs with the rights of the caller',
    'alter function finance.record_posting() security invoker',
    'finance/posting_trace.sql',
  ),
  mutant(
    'the guard of documents runs with the rights of the caller',
    'alter function finance.assert_document_entry() security invoker',
    'conventions/functions.sql',
  ),
  mutant(
    'the recorder of changes runs with the rights of the caller',
    'alter function aibos.record_change() security invoker',
    'aibos/track.sql',
  ),
  mutant(
    'post_journal belongs to the owner of the tables',
    'alter function finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text) owner to aibos_owner',
    'finance/governance.sql',
  ),
  mutant(
    'post_journals runs with the rights of the caller',
    'alter function finance.post_journals(jsonb, text) security invoker',
    'finance/posting.sql',
  ),
  mutant(
    'reverse_journal follows the search_path of the caller',
    'alter function finance.reverse_journal(uuid, date, text) reset search_path',
    'conventions/functions.sql',
  ),
  mutant(
    'a function beside the ledger belongs to the poster',
    `create function finance.post_anything() returns void language sql security definer set search_path = pg_catalog, pg_temp as 'select'; alter function finance.post_anything() owner to aibos_poster`,
    'finance/governance.sql',
  ),
  mutant(
    'everyone may create where names are looked up',
    'grant create on schema public to public',
    'aibos/login_check.sql',
    'conventions/roles.sql',
  ),
  mutant(
    'everyone may create schemas',
    `do $mutant$ begin execute format('grant create on database %I to public', current_database()); end $mutant$`,
    'aibos/login_check.sql',
  ),
  mutant(
    'an application may switch foreign keys off',
    'grant set on parameter session_replication_role to aibos_finance_role',
    'aibos/login_check.sql',
  ),
  mutant(
    'an application may use a foreign server',
    `create foreign data wrapper mutant; create server mutant foreign data wrapper mutant;
     grant usage on foreign server mutant to aibos_finance_role`,
    'aibos/login_check.sql',
  ),
  mutant(
    'an application can define tables',
    'grant aibos_migration to aibos_finance_role',
    'aibos/login_check.sql',
    'conventions/roles.sql',
  ),
  mutant(
    'later tables are open to an application',
    'alter default privileges for role aibos_owner in schema finance grant all on tables to aibos_finance_role',
    'aibos/environment_check.sql',
  ),
  mutant(
    'later functions are open to everyone',
    'alter default privileges for role aibos_migration grant execute on functions to public',
    'aibos/environment_check.sql',
  ),
  mutant(
    'everyone may call a function of a superuser that reads a tenant table',
    `create function public.total() returns numeric language sql security definer as 'select sum(debit_cents) from finance.journal_lines'`,
    'aibos/environment_check.sql',
  ),
  mutant(
    'a function has a tenant of its own',
    `create function public.acts() returns void language sql set app.tenant_id = '11111111-1111-4111-8111-111111111111' as 'select'`,
    'aibos/environment_check.sql',
  ),
  mutant(
    'a function is called leakproof',
    `create function public.leak(text) returns boolean language sql leakproof as 'select true'`,
    'aibos/environment_check.sql',
  ),
];
