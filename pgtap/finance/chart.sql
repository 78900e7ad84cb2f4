begin;
select plan(14);

select tests.act_as('clerk', 'acme');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, parent_id)
select tests.tenant('acme'), tests.account('acme', a.code), tests.company('acme'), a.code, a.code, 'asset', tests.account('acme', a.above)
from (values ('A', null), ('B', 'A'), ('C', 'B'), ('D', 'C'), ('other', null)) as a (code, above);

select results_eq($$select code, depth, path from finance.v_chart_of_accounts where path[1] = 'A' order by path$$,
  $$values ('A', 1, array['A']), ('B', 2, array['A', 'B']), ('C', 3, array['A', 'B', 'C']), ('D', 4, array['A', 'B', 'C', 'D'])$$,
  'the chart shows each account with its place');
select is((select count(*) from finance.v_chart_of_accounts), (select count(*) from finance.accounts), 'and leaves none out');
select is(tests.outcome(c.sql), c.code, format('%s (%s)', c.what, c.code))
from (values
  ('23514', 'an account is not right above itself', $$update finance.accounts set parent_id = id where code = 'A'$$),
  ('IB220', 'nor above itself over one step', $$update finance.accounts set parent_id = tests.account('acme', 'B') where code = 'A'$$),
  ('IB220', 'nor over many', $$update finance.accounts set parent_id = tests.account('acme', 'D') where code = 'A'$$),
  ('IB220', 'nor by a statement that moves both', $$update finance.accounts a
    set parent_id = tests.account('acme', case a.code when 'other' then 'A' else 'other' end) where a.code in ('A', 'other')$$),
  ('IB220', 'nor by rows that come together', $$insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, parent_id)
    select tests.tenant('acme'), tests.account('acme', a.code), tests.company('acme'), a.code, a.code, 'asset', tests.account('acme', a.above)
    from (values ('X', 'Y'), ('Y', 'X')) as a (code, above)$$),
  ('42501', 'nor while the statement changes the tenant in context', $$update finance.accounts a set parent_id = tests.account('acme', 'D'),
    name = set_config('app.tenant_id', tests.tenant('globex')::text, true) where a.code = 'A'$$),
  ('23503', 'nor is an account of another tenant above it', $$update finance.accounts set parent_id = tests.account('globex', '1000') where code = 'A'$$),
  ('accepted', 'an account moves below another branch', $$update finance.accounts set parent_id = tests.account('acme', 'other') where code = 'C'$$),
  ('accepted', 'and to the top', $$update finance.accounts set parent_id = null where code = 'D'$$)
) as c (code, what, sql);
select results_eq($$select code, depth, path from finance.v_chart_of_accounts where code in ('C', 'D') order by code$$,
  $$values ('C', 2, array['other', 'C']), ('D', 1, array['D'])$$, 'the chart follows');
select tests.act_as('clerk', 'globex');
select is((select count(*) from finance.v_chart_of_accounts where code in ('A', 'B')), 0::bigint, 'another tenant sees its own chart');
select tests.act_as_superuser();
select tests.set_context('founder', 'acme');
select is(tests.outcome($$update finance.accounts set parent_id = tests.account('acme', 'B') where id = tests.account('acme', 'A')$$), 'IB220',
  'not even a superuser closes a circle (IB220)');

select * from finish();
rollback;
