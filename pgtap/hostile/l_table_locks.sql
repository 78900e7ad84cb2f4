begin;
select plan(8);

select tests.act_as('clerk', 'acme');

select throws_ok('lock table finance.' || t || ' in share row exclusive mode', '42501', null,
  format('L13 an application cannot lock finance.%s against all tenants (42501)', t))
from unnest(array['accounts', 'companies', 'fiscal_periods', 'journal_entries', 'journal_lines', 'audit_events',
  'journal_drafts', 'journal_draft_lines']) as t;

select * from finish();
rollback;
