begin;
select plan(74);

create function pg_temp.period(p_name text, p_tenant text default 'acme') returns uuid language sql stable
return (select p.id from finance.fiscal_periods p where p.tenant_id = tests.tenant(p_tenant) and p.company_id = tests.company(p_tenant) and p.name = p_name);
create function pg_temp.status_of(p_name text) returns text language sql volatile as
$$ select p.status from finance.fiscal_periods p where p.id = pg_temp.period(p_name) $$;
create function pg_temp.post(p_date date, p_debit text, p_credit text, p_cents bigint, p_currency text default 'USD') returns uuid
language sql volatile as $$
  select finance.post_journal(tests.company('acme'), p_date, 'entry', array[tests.account('acme', p_debit), tests.account('acme', p_credit)],
    array[p_cents, 0], array[0, p_cents], array[p_currency, p_currency])
$$;

-- The happy case. The books hold 100.00 of sales on 2026-02-02; January is closed.
select tests.act_as('clerk', 'acme', 'month end');
select lives_ok($$select pg_temp.post('2026-02-10', '5000', '1000', 3000), pg_temp.post('2026-02-28', '1100', '4000', 700, 'EUR'),
  pg_temp.post('2026-03-01', '1000', '4000', 9)$$, 'entries are posted in two months');
select lives_ok($$select finance.begin_close(pg_temp.period('2026-02'))$$, 'an application begins to close a period');
select is(pg_temp.status_of('2026-02'), 'closing', 'it is closing then');
select throws_ok($$select pg_temp.post('2026-02-10', '5000', '1000', 1)$$, 'IB802', null, 'and takes no entry (IB802)');
select isnt(finance.close_period(pg_temp.period('2026-02'), 'reviewed by the controller'), null, 'an application closes it');
select is(pg_temp.status_of('2026-02'), 'closed', 'it is closed then');
select throws_ok($$select pg_temp.post('2026-02-10', '5000', '1000', 1)$$, 'IB802', null, 'and takes no entry (IB802)');
select results_eq($$
  select c.close_no, c.entries, c.lines, c.reason, c.closed_by from finance.period_closes c
  join finance.fiscal_periods p on p.tenant_id = c.tenant_id and p.close_id = c.id where p.name = '2026-02'$$,
  $$values (1, 3::bigint, 6::bigint, 'reviewed by the controller', tests.person('clerk'))$$,
  'the close says what it found, who closed and why');
select results_eq($$
  select a.code, t.currency, t.debit_cents, t.credit_cents, t.closing_debit_cents, t.closing_credit_cents,
    t.base_debit_cents - t.base_credit_cents, t.unconverted_debit_cents, t.unconverted_credit_cents
  from finance.period_close_totals t join finance.accounts a on a.tenant_id = t.tenant_id and a.id = t.account_id
  where t.period_close_id = (select p.close_id from finance.fiscal_periods p where p.name = '2026-02') order by 1, 2$$,
  $$values ('1000', 'USD', 10000.0, 3000.0, 10000.0, 3000.0, 7000.0, 0.0, 0.0), ('1100', 'EUR', 700.0, 0.0, 700.0, 0.0, 0.0, 700.0, 0.0),
    ('4000', 'EUR', 0.0, 700.0, 0.0, 700.0, 0.0, 0.0, 700.0), ('4000', 'USD', 0.0, 10000.0, 0.0, 10000.0, -10000.0, 0.0, 0.0),
    ('5000', 'USD', 3000.0, 0.0, 3000.0, 0.0, 3000.0, 0.0, 0.0)$$,
  'the totals say how much moved per account and currency');
select results_eq($$select action::text, reason, actor from finance.audit_events
    where object = 'finance.fiscal_periods' and object_id = pg_temp.period('2026-02')::text and action like 'period.%' order by id$$,
  $$values ('period.closing', 'month end', tests.person('clerk')), ('period.closed', 'reviewed by the controller', tests.person('clerk'))$$,
  'each move leaves its event with actor and reason');
select is(current_setting('app.reason'), 'month end', 'the reason of the transaction is as it was');
select is_empty('select account_id from finance.v_period_close_drift', 'the totals are the sums of the lines');

-- The next month carries the balances on.
select lives_ok($$select finance.close_period(pg_temp.period('2026-03'))$$, 'a period that is open closes in one call');
select results_eq($$
  select a.code, t.currency, t.debit_cents, t.credit_cents, t.closing_debit_cents, t.closing_credit_cents
  from finance.period_close_totals t join finance.accounts a on a.tenant_id = t.tenant_id and a.id = t.account_id
  where t.period_close_id = (select p.close_id from finance.fiscal_periods p where p.name = '2026-03') order by 1, 2$$,
  $$values ('1000', 'USD', 9.0, 0.0, 10009.0, 3000.0), ('1100', 'EUR', 0.0, 0.0, 700.0, 0.0),
    ('4000', 'EUR', 0.0, 0.0, 0.0, 700.0), ('4000', 'USD', 0.0, 9.0, 0.0, 10009.0), ('5000', 'USD', 0.0, 0.0, 3000.0, 0.0)$$,
  'accounts that did not move keep their balance in it');
select lives_ok($$select finance.close_period(pg_temp.period('2026-04'))$$, 'a period without entries closes');
select results_eq($$select c.entries, c.lines from finance.period_closes c where c.period_id = pg_temp.period('2026-04')$$,
  $$values (0::bigint, 0::bigint)$$, 'and says that it held none');
select is((select count(*) from finance.period_close_totals t
  where t.period_close_id = (select p.close_id from finance.fiscal_periods p where p.name = '2026-04') and t.closing_debit_cents > t.debit_cents),
  3::bigint, 'what was there before is there still');
select is((select count(*) from finance.period_closes c join finance.fiscal_periods p on p.close_id = c.id where p.name = '2026-01' and c.entries = 0),
  1::bigint, 'the first period of a company closes without one before it');

-- Refusals.
select is(tests.outcome(c.sql), c.code, format('%s (%s)', c.what, c.code))
from (values
  ('IB805', 'a closed period is not closed again', $$select finance.close_period(pg_temp.period('2026-02'))$$),
  ('IB805', 'nor begun to', $$select finance.begin_close(pg_temp.period('2026-02'))$$),
  ('IB805', 'no period is not closed', $$select finance.close_period(null)$$),
  ('IB805', 'nor one that nobody has', $$select finance.close_period('99999999-9999-4999-8999-999999999999')$$),
  ('IB805', 'nor one of another tenant', $$select finance.close_period(pg_temp.period('2026-02', 'globex'))$$),
  ('IB805', 'nor begun to', $$select finance.begin_close('99999999-9999-4999-8999-999999999999')$$),
  ('IB806', 'a period is not closed before the one before it', $$select finance.close_period(pg_temp.period('2026-06'))$$),
  ('42501', 'an application reopens no period', $$select finance.reopen_period(pg_temp.period('2026-04'), 'mine')$$),
  ('42501', 'nor sets its status', $$update finance.fiscal_periods set status = 'open' where name = '2026-02'$$),
  ('42501', 'nor the close in force', $$update finance.fiscal_periods set close_id = null where name = '2026-02'$$),
  ('42501', 'nor inserts a close', $$insert into finance.period_closes (tenant_id, company_id, period_id, close_no, entries, lines)
    values (tests.tenant('acme'), tests.company('acme'), pg_temp.period('2026-05'), 1, 0, 0)$$),
  ('42501', 'nor totals', $$insert into finance.period_close_totals select * from finance.period_close_totals$$),
  ('42501', 'nor changes them', $$update finance.period_close_totals set debit_cents = 0$$),
  ('42501', 'nor removes them', $$delete from finance.period_close_totals$$),
  ('42501', 'nor calls the recorder''s sums for another role', $$select finance._lock_period(pg_temp.period('2026-05'))$$)
) as c (code, what, sql);
select is(pg_temp.status_of('2026-06'), 'open', 'a refused close leaves the period open');
select lives_ok($$select finance.begin_close(pg_temp.period('2026-06'))$$, 'a period may be closing before the one before it is closed');

-- The tenant and the user.
create function pg_temp.close_as(p_tenant text, p_user text) returns text language plpgsql as $$
declare
  period uuid := pg_temp.period('2026-05');
begin
  perform set_config('app.tenant_id', p_tenant, true), set_config('app.user_id', p_user, true),
    set_config('app.context_token', coalesce(tests.token(nullif(p_tenant, '')::uuid, nullif(p_user, '')::uuid), ''), true);
  return tests.outcome(format('select finance.close_period(%L)', period));
end $$;
select is(pg_temp.close_as('', tests.person('clerk')::text), '42501', 'a close needs a tenant (42501)');
select tests.act_as('clerk', 'acme');
select is(pg_temp.close_as(tests.tenant('globex')::text, tests.person('clerk')::text), 'IB805', 'its own (IB805)');
select tests.act_as('clerk', 'acme');
select is(pg_temp.close_as(tests.tenant('acme')::text, ''), 'IB104', 'and a user (IB104)');
select tests.act_as_superuser();
select tests.set_context('founder', 'acme');
update aibos.tenant_registry set status = 'suspended' where tenant_id = tests.tenant('acme');
select tests.act_as('clerk', 'acme');
select is(tests.outcome($$select finance.close_period(pg_temp.period('2026-05'))$$), 'IB102', 'a suspended tenant closes nothing (IB102)');
select tests.act_as_superuser();
select tests.set_context('founder', 'acme');
update aibos.tenant_registry set status = 'active' where tenant_id = tests.tenant('acme');

-- Entries that are not whole: the header is there, the lines would come after the close.
select tests.act_as('clerk', 'acme');
select is(tests.outcome($$
  select tests.insert_header('acme', 'half', date '2026-05-10');
  select finance.close_period(pg_temp.period('2026-05'));
$$), 'IB809', 'a period does not close between the header and the lines of an entry (IB809)');
select is(tests.outcome($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  select tests.tenant('acme'), tests.entry('half ' || n), tests.company('acme'), date '2026-05-10',
    case when n = 2 then 'closed by ' || finance.close_period(pg_temp.period('2026-05')) else 'first' end
  from generate_series(1, 2) as n
$$), 'IB809', 'nor between two headers of one statement (IB809)');
select is(tests.outcome($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant('acme'), tests.entry('half'), tests.company('acme'), date '2026-05-10', 'half');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select tests.tenant('acme'), tests.entry('half'), n, tests.account('acme', case n when 1 then '1000' else '4000' end), 'USD',
    case n when 1 then 5 else 0 end, case n when 2 then 5 else 0 end,
    case n when 2 then finance.close_period(pg_temp.period('2026-05'))::text end
  from generate_series(1, 2) as n
$$), 'IB809', 'nor between two lines (IB809)');
select is(tests.outcome($$
  select finance.post_journal(tests.company('acme'), date '2026-05-10', 'closed by ' || finance.close_period(pg_temp.period('2026-05')),
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])
$$), 'IB802', 'a close in an argument of a posting comes before it (IB802)');
select is(pg_temp.status_of('2026-05'), 'open', 'the period is open after all of this');
select lives_ok($$
  select tests.insert_header('acme', 'whole', date '2026-05-10');
  select tests.insert_lines('acme', 'whole', 5, -5);
  select finance.close_period(pg_temp.period('2026-05'));
$$, 'a whole entry may be closed over in its own transaction');
select is((select c.entries from finance.period_closes c where c.period_id = pg_temp.period('2026-05')), 1::bigint, 'and is in the close');

-- Reopening.
select tests.act_as('admin', 'acme', 'in general');
select is(tests.outcome(c.sql), c.code, format('%s (%s)', c.what, c.code))
from (values
  ('IB807', 'an administrator reopens nothing without a reason', $$select finance.reopen_period(pg_temp.period('2026-05'), ' ')$$),
  ('IB807', 'nor with none', $$select finance.reopen_period(pg_temp.period('2026-05'), null)$$),
  ('IB806', 'nor before a period that is closed', $$select finance.reopen_period(pg_temp.period('2026-04'), 'late invoice')$$),
  ('IB805', 'an open period is not reopened', $$select finance.reopen_period(pg_temp.period('2026-07'), 'late invoice')$$),
  ('IB805', 'nor one of another tenant', $$select finance.reopen_period(pg_temp.period('2026-01', 'globex'), 'late invoice')$$),
  ('42501', 'an administrator sets no status', $$update finance.fiscal_periods set status = 'open' where name = '2026-05'$$),
  ('accepted', 'a close that was begun is given up', $$select finance.reopen_period(pg_temp.period('2026-06'), 'too early')$$),
  ('accepted', 'an administrator reopens the last closed period', $$select finance.reopen_period(pg_temp.period('2026-05'), 'late invoice')$$),
  ('accepted', 'which takes entries again', $$select pg_temp.post('2026-05-20', '5000', '1000', 44)$$)
) as c (code, what, sql);
select is((select p.close_id from finance.fiscal_periods p where p.id = pg_temp.period('2026-05')), null, 'no close is in force then');
select results_eq($$select e.action::text, e.reason from finance.audit_events e
    where e.object_id = pg_temp.period('2026-05')::text and e.action = 'period.reopened'$$,
  $$values ('period.reopened', 'late invoice')$$, 'the reopening leaves its event with the reason');
select lives_ok($$select finance.close_period(pg_temp.period('2026-05'), 'with the late invoice')$$, 'it is closed again');
select results_eq($$select c.close_no, c.entries, c.reason from finance.period_closes c where c.period_id = pg_temp.period('2026-05') order by 1$$,
  $$values (1, 1::bigint, null), (2, 2::bigint, 'with the late invoice')$$, 'both closes are kept');
select is_empty('select account_id from finance.v_period_close_drift', 'and the totals in force are the sums of the lines');

-- Whoever writes: a superuser, who owns everything.
select tests.act_as_superuser();
select tests.set_context('founder', 'acme');
select is(tests.outcome(c.sql), c.code, format('%s (%s)', c.what, c.code))
from (values
  ('IB805', 'not even a superuser closes an open period at once', $$update finance.fiscal_periods set status = 'closed' where id = pg_temp.period('2026-06')$$),
  ('IB805', 'nor lets a closed one close again', $$update finance.fiscal_periods set status = 'closing' where id = pg_temp.period('2026-05')$$),
  ('IB805', 'nor takes the close away', $$update finance.fiscal_periods set close_id = null where id = pg_temp.period('2026-05')$$),
  ('IB807', 'nor reopens without a reason', $$update finance.fiscal_periods set status = 'open' where id = pg_temp.period('2026-05')$$),
  ('IB806', 'nor out of order', $$update finance.fiscal_periods set status = 'open' where id = pg_temp.period('2026-04')$$),
  ('IB806', 'nor closes out of order', $$update finance.fiscal_periods set status = 'closing' where id = pg_temp.period('2026-08');
    update finance.fiscal_periods set status = 'closed' where id = pg_temp.period('2026-08')$$),
  ('IB805', 'nor inserts a closed one', $$insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on, status)
    values (tests.tenant('acme'), tests.company('acme'), 'x', date '2027-01-01', date '2027-01-31', 'closed')$$),
  ('IB805', 'nor deletes one', $$delete from finance.fiscal_periods where id = pg_temp.period('2026-05')$$),
  ('IB301', 'nor changes a close', $$update finance.period_closes set entries = 0$$),
  ('IB301', 'nor totals', $$delete from finance.period_close_totals$$),
  ('IB301', 'nor all totals at once', $$truncate finance.period_close_totals$$),
  ('accepted', 'and what a superuser closes in order is recorded all the same', $$
    update finance.fiscal_periods set status = 'closing' where id = pg_temp.period('2026-06');
    update finance.fiscal_periods set status = 'closed' where id = pg_temp.period('2026-06')$$)
) as c (code, what, sql);
select is((select c.close_no from finance.fiscal_periods p join finance.period_closes c on c.id = p.close_id where p.id = pg_temp.period('2026-06')), 1,
  'as its first close');

-- Drift shows.
alter table finance.period_close_totals disable trigger user;
update finance.period_close_totals set debit_cents = debit_cents + 1, closing_debit_cents = closing_debit_cents + 1
where tenant_id = tests.tenant('acme') and account_id = tests.account('acme', '5000') and currency = 'USD'
  and period_close_id = (select p.close_id from finance.fiscal_periods p where p.id = pg_temp.period('2026-03'));
select tests.act_as('auditor', 'acme');
select results_eq($$select p.name, d.debit_drift_cents, d.closing_debit_drift_cents from finance.v_period_close_drift d
    join finance.fiscal_periods p on p.id = d.period_id$$,
  $$values ('2026-03', 1.0, 1.0)$$, 'an auditor sees totals that are not those of the lines');

select * from finish();
rollback;
