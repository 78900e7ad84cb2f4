begin;
set local client_min_messages = error;
select plan(46);

create function pg_temp.entry(p_date date, p_cents bigint, p_debit text, p_credit text, p_currency text default 'USD') returns uuid language sql as $$
  select finance.post_journal(tests.company('acme'), p_date, 'entry', array[tests.account('acme', p_debit), tests.account('acme', p_credit)],
    array[p_cents, 0], array[0, p_cents], array[p_currency, p_currency])
$$;

-- What a clerk may ask; what of it rests on archived lines and what does not is told apart below.
create temp table questions (what text, sql text);
insert into questions values
  ('the trial balance at the end of an archived period', $$select * from finance.trial_balance(tests.company('acme'), '2026-02-28')$$),
  ('that at the end of the last one', $$select * from finance.trial_balance(tests.company('acme'), '2026-03-31')$$),
  ('that within a later period', $$select * from finance.trial_balance(tests.company('acme'), '2026-04-10')$$),
  ('that of all dates', $$select * from finance.v_trial_balance$$),
  ('that before the first period', $$select * from finance.trial_balance(tests.company('acme'), '2025-12-31')$$),
  ('the balance of an account', $$select * from finance.account_balance(tests.account('acme', '1000'))$$),
  ('that of one in euro', $$select * from finance.account_balance(tests.account('acme', '1100'), '2026-03-31')$$),
  ('the balance sheet of the year', $$select * from finance.v_balance_sheet$$),
  ('the balance sheet at the end of an archived period', $$select * from finance.balance_sheet(tests.company('acme'), '2026-03-31')$$),
  ('the balance sheet of all dates', $$select * from finance.balance_sheet(tests.company('acme'))$$),
  ('profit and loss of the year', $$select * from finance.v_profit_and_loss$$),
  ('profit and loss of an archived period', $$select * from finance.profit_and_loss(tests.company('acme'), '2026-03-01', '2026-03-31')$$),
  ('profit and loss from the first to an archived period', $$select * from finance.profit_and_loss(tests.company('acme'), null, '2026-03-31')$$),
  ('profit and loss since', $$select * from finance.profit_and_loss(tests.company('acme'), '2026-04-01', '2026-04-30')$$),
  ('the movements since', $$select * from finance.movements_between(tests.tenant('acme'), tests.company('acme'), '2026-04-01', null, null)$$),
  ('the general ledger since', $$select * from finance.v_general_ledger where entry_date > '2026-03-31'$$),
  ('the kept balances', $$select * from finance.v_account_balances$$),
  ('the drift of kept balances', $$select * from finance.v_balance_drift$$),
  ('the drift of limits', $$select * from finance.v_limit_drift$$),
  ('the drift of closes', $$select * from finance.v_period_close_drift$$);
create temp table answers (what text, before text, after text);
grant select on questions to public;
grant select, insert, update on answers to public;
create function pg_temp.answer(p_sql text) returns text language plpgsql as $$
declare
  found text;
begin
  execute format('select string_agg(r::text, E''\n'' order by r::text) from (%s) r', p_sql) into found;
  return coalesce(found, 'nothing');
end $$;

select tests.act_as('clerk', 'acme');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, keeps_balance, has_limit)
values (tests.tenant('acme'), tests.account('acme', 'kept'), tests.company('acme'), 'kept', 'Kept', 'asset', 'USD', true, false),
  (tests.tenant('acme'), tests.account('acme', 'limited'), tests.company('acme'), 'limited', 'Limited', 'asset', 'USD', false, true),
  (tests.tenant('acme'), tests.account('acme', 'euro sales'), tests.company('acme'), 'euro sales', 'Sales in euro', 'income', 'EUR', false, false);
select pg_temp.entry(d.day, d.cents, d.debit, '4000')
from (values (date '2026-02-03', 100, '1000'), ('2026-02-20', 30, 'kept'), ('2026-03-01', 7, 'limited'), ('2026-03-31', 50, '5000')) as d (day, cents, debit);
select pg_temp.entry('2026-03-15', 900, '1100', 'euro sales', 'EUR');
select tests.act_as_superuser();
select is(tests.end_part(), 2, 'a part ends');
-- In the part that stays: of an archived period, and of later ones.
select tests.act_as('clerk', 'acme');
select pg_temp.entry(d.day, d.cents, d.debit, '4000')
from (values (date '2026-03-20', 11, 'kept'), ('2026-04-01', 13, '1000'), ('2026-04-15', 17, 'limited'), ('2026-05-02', 19, 'kept')) as d (day, cents, debit);
select pg_temp.entry('2026-04-20', 400, '1100', 'euro sales', 'EUR');
select is(tests.close_until('acme', '2026-04-30'), 3::bigint, 'the periods close');
insert into answers select what, pg_temp.answer(sql) from questions;
select tests.act_as('clerk', 'globex');
select is(tests.close_until('globex', '2026-02-28'), 1::bigint, 'those of the other tenant too');
select tests.act_as_superuser();
create temp table foreign_before as select f.code, f.currency, f.balance_cents, f.base_cents, f.unvalued_cents
  from finance._foreign_balances(tests.tenant('acme'), tests.company('acme'), '2026-05-31') f;
set constraints all immediate;
select tests.act_as('migrator');
select is(finance.archive_journal_part(1, 'old'), 7::bigint, 'the part is archived');
set constraints all deferred;

select tests.act_as('clerk', 'acme');
select results_eq('select company_id, through_on from finance.v_archive_boundaries', $$values (tests.company('acme'), date '2026-03-31')$$,
  'the books of the company rest on a close up to the last period with archived lines');
update answers a set after = pg_temp.answer(q.sql) from questions q where q.what = a.what;
select is(after, before, what || ' says what it said before') from answers order by what;
select isnt((select before from answers where what = 'the trial balance at the end of an archived period'), 'nothing', 'and that is something');
select is((select before from answers where what = 'that before the first period'), 'nothing', 'where nothing was there is nothing');
select is((select min(entry_date) from finance.v_general_ledger), date '2026-04-01', 'the general ledger begins after that period, not with what is left of it');

select matches(tests.refusal(q.sql), '^IB242: Lines dated from .* are needed\.$', q.what || ' is refused, not answered without the lines (IB242)')
from (values
  ('the trial balance within an archived period', $$select * from finance.trial_balance(tests.company('acme'), '2026-02-15')$$),
  ('that of the last one', $$select * from finance.trial_balance(tests.company('acme'), '2026-03-30')$$),
  ('that as it was known before', $$select * from finance.trial_balance(tests.company('acme'), '2026-03-31', now() - interval '1 day')$$),
  ('that of all dates as it was known before', $$select * from finance.trial_balance(tests.company('acme'), null, now() - interval '1 day')$$),
  ('the balance of an account within an archived period', $$select * from finance.account_balance(tests.account('acme', '1000'), '2026-02-15')$$),
  ('profit and loss of a part of an archived period', $$select * from finance.profit_and_loss(tests.company('acme'), '2026-03-10', '2026-03-31')$$),
  ('the movements of an archived period', $$select * from finance.movements_between(tests.tenant('acme'), tests.company('acme'), '2026-03-01', '2026-03-31', null)$$),
  ('all movements', $$select * from finance.movements_between(tests.tenant('acme'), tests.company('acme'), null, null, null)$$)) as q (what, sql);
select tests.act_as('clerk', 'globex');
select is_empty($$select * from finance.trial_balance(tests.company('acme'), '2026-02-15')$$, 'another tenant is not even told that');

-- An archived period stays closed; a later one does not have to.
select tests.act_as('admin', 'acme');
select lives_ok($$select finance.reopen_period(id, 'late invoice') from finance.fiscal_periods where starts_on = '2026-04-01'$$,
  'a period after the archived ones is reopened');
select matches(tests.refusal($$select finance.reopen_period(id, 'late invoice') from finance.fiscal_periods where starts_on = '2026-03-01'$$),
  '^IB242: Lines dated from 2026-03-01 to 2026-03-31 are needed', 'an archived one is not (IB242)');
select tests.act_as('clerk', 'acme');
select lives_ok($$select pg_temp.entry('2026-04-25', 23, 'kept', '4000')$$, 'the reopened one takes its late entry');
select is(tests.close_until('acme', '2026-05-31'), 2::bigint, 'and closes again, and the next one after it');
select is_empty('select * from finance.v_period_close_drift', 'their totals are the sums of the lines and of what was archived');

select tests.act_as_superuser();
select results_eq(format($$select f.code, f.currency, f.balance_cents, f.base_cents, f.unvalued_cents
    from finance._foreign_balances(%L, %L, '2026-05-31') f$$, tests.tenant('acme'), tests.company('acme')), 'select * from foreign_before',
  'a revaluation finds the balances in foreign currency that it found before');
set constraints all immediate;
select is(lint.after(format('alter table %1$s disable trigger user; update %1$s set %2$s; alter table %1$s enable trigger user', f.table_name, f.change),
  format('select count(*)::text from finance.%s', f.view_name)), f.rows, format('finance.%s still finds what drifts', f.view_name))
from (values
  ('finance.period_close_totals', 'closing_debit_cents = closing_debit_cents + 1 where account_id = tests.account(''acme'', ''1000'') and period_close_id = '
    '(select close_id from finance.fiscal_periods where tenant_id = tests.tenant(''acme'') and starts_on = ''2026-05-01'')', 'v_period_close_drift', '1'),
  ('finance.journal_lines_part_2', 'debit_cents = debit_cents + 1 where account_id = tests.account(''acme'', ''kept'') and debit_cents = 19', 'v_balance_drift', '1'),
  ('finance.account_limits', 'balance_cents = balance_cents + 1 where account_id = tests.account(''acme'', ''limited'')', 'v_limit_drift', '1')) as f (table_name, change, view_name, rows);

select * from finish();
rollback;
