begin;
select plan(20);

select tests.act_as('clerk', 'acme');

select throws_ok('lock table finance.' || t || ' in share row exclusive mode', '42501', null,
  format('L13 an application cannot lock finance.%s against all tenants (42501)', t))
from unnest(array['accounts', 'companies', 'fiscal_periods', 'journal_entries', 'journal_lines', 'audit_events',
  'journal_keys', 'journal_reversals', 'journal_archives', 'journal_archive_companies', 'journal_restorations',
  'journal_entries_part_1', 'journal_lines_part_1', 'payments', 'payment_events', 'payment_approvals', 'payment_approvers', 'approval_limits', 'journal_drafts', 'journal_draft_lines']) as t;

select * from finish();
rollback;
