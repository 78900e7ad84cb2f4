begin;
select plan(37);

-- Acme reports in USD and keeps base amounts; rates of the source "test": EUR→USD, EUR→GBP, EUR→JPY.
select tests.act_as('admin', 'acme');
update finance.companies set fx_source = 'test', requires_base_amounts = true where id = tests.company('acme');
insert into finance.fx_rates (tenant_id, id, base_currency, quote_currency, rate, source, valid_from, valid_to)
select tests.tenant('acme'), tests.entry(r.name), r.base, r.quote, r.rate, r.source, r.day, r.day
from (values
  ('old', 'EUR', 'USD', 1.5, 'test', date '2026-03-09'), ('eur', 'EUR', 'USD', 1.1, 'test', date '2026-03-10'),
  ('later', 'EUR', 'USD', 1.9, 'test', date '2026-03-11'), ('gbp', 'EUR', 'GBP', 0.88, 'test', date '2026-03-10'),
  ('jpy', 'EUR', 'JPY', 160, 'test', date '2026-03-10'), ('third', 'EUR', 'CHF', 3, 'test', date '2026-03-10'),
  ('own', 'EUR', 'USD', 99, 'own', date '2026-03-10')
) as r (name, base, quote, rate, source, day);
select tests.act_as('clerk', 'acme');

create function pg_temp.post(p_currency text, p_cents bigint, p_date date default date '2026-03-10', p_key text default null)
returns uuid language sql as $$
  select finance.post_journal(tests.company('acme'), p_date, 'foreign',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[p_cents, 0], array[0, p_cents], array[p_currency, p_currency],
    null, null, p_key)
$$;
create function pg_temp.base_of(p_entry uuid) returns text language sql as $$
  select string_agg(format('%s/%s', l.base_debit_cents, l.base_credit_cents), ' ' order by l.line_no)
  from finance.journal_lines l where l.journal_entry_id = p_entry
$$;
-- Lines by direct SQL: amounts [account, currency, debit, credit, base debit, base credit, rate, cross rate].
create function pg_temp.insert_entry(p_name text, p_lines jsonb, p_date date default date '2026-03-10') returns void language plpgsql as $$
begin
  perform tests.insert_header('acme', p_name, p_date);
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents,
    base_debit_cents, base_credit_cents, fx_rate_id, fx_cross_rate_id)
  select tests.tenant('acme'), tests.entry(p_name), l.n, tests.account('acme', l.line ->> 0), l.line ->> 1,
    (l.line ->> 2)::bigint, (l.line ->> 3)::bigint, (l.line ->> 4)::bigint, (l.line ->> 5)::bigint,
    tests.entry(l.line ->> 6), tests.entry(l.line ->> 7)
  from jsonb_array_elements(p_lines) with ordinality as l (line, n);
end $$;
create function pg_temp.outcome(p_sql text) returns text language plpgsql as $$
begin
  execute p_sql;
  return 'accepted';
exception when sqlstate 'IB213' or sqlstate 'IB214' or sqlstate 'IB230' or sqlstate 'IB207' or check_violation then
  return sqlstate;
end $$;

-- The posting functions compute.
create temp table posted as select pg_temp.post('EUR', 1000) as direct, pg_temp.post('GBP', 1000) as crossed, pg_temp.post('JPY', 1000) as yen;
select is(pg_temp.base_of(direct), '1100/0 0/1100', 'the base amount is the amount at the rate of the date') from posted;
select is((select array_agg(distinct l.fx_rate_id) from finance.journal_lines l join posted on l.journal_entry_id = direct),
  array[tests.entry('eur')], 'and each line names that rate');
select is(pg_temp.base_of(crossed), '1250/0 0/1250', 'by way of a third currency the product of both rates counts') from posted;
select is((select array_agg(distinct l.fx_cross_rate_id) from finance.journal_lines l join posted on l.journal_entry_id = crossed),
  array[tests.entry('eur')], 'and the lines name both');
select is(pg_temp.base_of(yen), '688/0 0/688', 'a currency without decimals is converted by its exponent, halves away from zero') from posted;
select is(pg_temp.base_of(pg_temp.post('USD', 1000)), '/ /', 'lines in the functional currency carry none');
select is(pg_temp.outcome($$select pg_temp.post('CAD', 1000)$$), 'IB230', 'a currency without a rate is refused (IB230)');
select is(pg_temp.outcome($$select pg_temp.post('EUR', 1000, date '2026-02-20')$$), 'IB230', 'a date before the first rate as well (IB230)');
select is(pg_temp.base_of(pg_temp.post('EUR', 1000, date '2026-03-18')), '1900/0 0/1900', 'a week after the last rate it still holds');
select is(pg_temp.outcome($$select pg_temp.post('EUR', 1000, date '2026-03-19')$$), 'IB230', 'not a day longer (IB230)');

-- A repeated key is answered although the rates have changed since.
create temp table keyed as select pg_temp.post('EUR', 500, date '2026-03-12', 'fx-1') as id;
insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
values (tests.tenant('acme'), 'EUR', 'USD', 1.2, 'test', date '2026-03-12', date '2026-03-12');
select is(pg_temp.post('EUR', 500, date '2026-03-12', 'fx-1'), (select id from keyed), 'a repeated key gives the first entry, whatever the rate is now');
select is(pg_temp.outcome($$select pg_temp.post('EUR', 501, date '2026-03-12', 'fx-1')$$), 'IB207', 'and another amount is another request (IB207)');

-- Direct SQL must say what the functions compute. The attacks of K14: a rate or an amount chosen to make the books balance.
select is(pg_temp.outcome(format('select pg_temp.insert_entry(%L, %L)', c.what, c.lines)), c.code, c.what || ': ' || c.code)
from (values
  ('what the functions would write', 'accepted', '[["1000","EUR",1000,0,1100,0,"eur"],["4000","EUR",0,1000,0,1100,"eur"]]'::jsonb),
  ('by way of a third currency', 'accepted', '[["1000","GBP",1000,0,1250,0,"gbp","eur"],["4000","GBP",0,1000,0,1250,"gbp","eur"]]'),
  ('no base amount', 'IB213', '[["1000","EUR",1000,0],["4000","EUR",0,1000]]'),
  ('a base amount on one line alone', 'IB213', '[["1000","EUR",1000,0,1100,0,"eur"],["4000","EUR",0,1000]]'),
  ('a base amount without a rate', 'IB213', '[["1000","EUR",1000,0,1100,0],["4000","EUR",0,1000,0,1100]]'),
  ('an amount its rate does not give', 'IB213', '[["1000","EUR",1000,0,1101,0,"eur"],["4000","EUR",0,1000,0,1101,"eur"]]'),
  ('yesterday''s rate', 'IB213', '[["1000","EUR",1000,0,1500,0,"old"],["4000","EUR",0,1000,0,1500,"old"]]'),
  ('tomorrow''s rate', 'IB213', '[["1000","EUR",1000,0,1900,0,"later"],["4000","EUR",0,1000,0,1900,"later"]]'),
  ('the rate of another source', 'IB213', '[["1000","EUR",1000,0,99000,0,"own"],["4000","EUR",0,1000,0,99000,"own"]]'),
  ('the rate of another pair', 'IB213', '[["1000","EUR",1000,0,880,0,"gbp"],["4000","EUR",0,1000,0,880,"gbp"]]'),
  ('a way that does not lead there', 'IB213', '[["1000","GBP",1000,0,1250,0,"eur","gbp"],["4000","GBP",0,1000,0,1250,"eur","gbp"]]'),
  ('a base amount on a line in the functional currency', 'IB213', '[["1000","USD",1000,0,1100,0,"eur"],["4000","USD",0,1000,0,1100,"eur"]]'),
  ('a base amount on the other side', '23514', '[["1000","EUR",1000,0,0,1100,"eur"],["4000","EUR",0,1000,1100,0,"eur"]]'),
  ('a base amount on both sides', '23514', '[["1000","EUR",1000,0,1100,1100,"eur"],["4000","EUR",0,1000,1100,1100,"eur"]]'),
  ('a second rate without a first', '23514', '[["1000","EUR",1000,0,null,null,null,"eur"],["4000","EUR",0,1000,null,null,null,"eur"]]')
) as c (what, code, lines);

-- Rounding: each line is rounded by itself, and what is left over stands in a line of its own.
select is(pg_temp.outcome(format('select pg_temp.insert_entry(%L, %L)', c.what, c.lines)), c.code, c.what || ': ' || c.code)
from (values
  ('a rounding difference left open', 'IB214',
    '[["1000","EUR",5,0,6,0,"eur"],["1000","EUR",5,0,6,0,"eur"],["4000","EUR",0,10,0,11,"eur"]]'::jsonb),
  ('the same with a line for it', 'accepted',
    '[["1000","EUR",5,0,6,0,"eur"],["1000","EUR",5,0,6,0,"eur"],["4000","EUR",0,10,0,11,"eur"],["5000","EUR",0,0,0,1]]'),
  ('base-only lines beyond what rounding leaves', 'IB214',
    '[["1000","EUR",1000,0,1100,0,"eur"],["4000","EUR",0,1000,0,1100,"eur"],["5000","EUR",0,0,50,0],["4000","EUR",0,0,0,50]]'),
  ('base-only lines alone', 'IB214', '[["5000","EUR",0,0,50,0],["4000","EUR",0,0,0,50]]')
) as c (what, code, lines);
select is(
  (select p.outcome from finance.post_journals(jsonb_build_array(jsonb_build_object(
    'company_id', tests.company('acme'), 'entry_date', '2026-03-10', 'description', 'rounded', 'lines', jsonb_build_array(
      jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'EUR', 'debit_cents', 5),
      jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'EUR', 'debit_cents', 5),
      jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'EUR', 'credit_cents', 10),
      jsonb_build_object('account_id', tests.account('acme', '5000'), 'currency', 'EUR', 'base_credit_cents', 1))))) p),
  'posted', 'an array takes a line for the rounding difference too');

-- A company that does not ask for base amounts may still keep them, whole or not at all.
select tests.act_as('clerk', 'globex');
select isnt(finance.post_journal(tests.company('globex'), date '2026-03-10', 'no rates here',
  array[tests.account('globex', '1000'), tests.account('globex', '4000')], array[5, 0], array[0, 5], array['EUR', 'EUR']), null,
  'elsewhere foreign lines need no base amount');
select tests.act_as('clerk', 'acme');
select throws_ok($$update finance.companies set requires_base_amounts = false$$, 'IB212', null, 'once a company keeps base amounts, it does not stop (IB212)');
create temp table reversed as select finance.reverse_journal(direct, date '2026-03-12', 'wrong') as id from posted;
select is(pg_temp.base_of(id), '0/1100 1100/0', 'a reversal takes back the base amounts of its original, at their rate') from reversed;
select is_empty($$select journal_entry_id from finance.v_journal_integrity where status <> 'PASS'$$, 'and all entries are whole');
select tests.act_as('auditor', 'acme');
select is_empty($$select journal_entry_id from finance.v_journal_leaf_check where status <> 'PASS'$$, 'with base amounts and rates in their leaves');

select * from finish();
rollback;
