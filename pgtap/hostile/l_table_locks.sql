begin;
select plan(13);

select tests.act_as('clerk', 'acme');

select throws_ok('lock table finance.' || t || ' in share row exclusive mode', '42501', null,
  format('L13 an application cannot lock finance.%s against all tenants (42501)', t))
from unnest(array['accounts', 'companies', 'fiscal_periods', 'journal_entries', 'journal_lines', 'audit_events',
  'payments', 'payment_events', 'payment_approvals', 'payment_approvers', 'approval_limits', 'journal_drafts', 'journal_draft_lines']) as t;

select * from finish();
rollback;
