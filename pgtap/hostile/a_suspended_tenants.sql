begin;
select plan(5);

select tests.set_context('root', 'globex');
update aibos.tenant_registry set status = 'suspended' where tenant_id = tests.tenant('globex');

create function pg_temp.outcome(p_sql text) returns text language plpgsql as $$
begin
  perform tests.set_context('clerk', 'acme');
  execute p_sql;
  return 'accepted';
exception when others then
  return sqlstate;
end $$;
create function pg_temp.tenant_by_switching() returns uuid language sql volatile
return set_config('app.tenant_id', tests.tenant('globex')::text, true)::uuid;

select tests.act_as('clerk', 'acme');

select is(pg_temp.outcome($$
  select tests.set_context('clerk', 'globex');
  insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('globex'), 'late 1', 'Late', 'USD')
$$), 'IB102', 'A10 a suspended tenant may not write (IB102)');

select isnt(pg_temp.outcome($$
  insert into finance.companies (tenant_id, code, name, functional_currency)
  values (pg_temp.tenant_by_switching(), 'late 2', 'Late', 'USD')
$$), 'accepted', 'A10 nor by a statement that begins under another tenant and switches in its VALUES');

select isnt(pg_temp.outcome($$
  insert into finance.companies (tenant_id, code, name, functional_currency)
  values (pg_temp.tenant_by_switching(), 'late 3', 'Late', 'USD')
  returning set_config('app.tenant_id', tests.tenant('acme')::text, true)
$$), 'accepted', 'A10 nor by one that switches back in RETURNING');

select isnt(pg_temp.outcome($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  values (pg_temp.tenant_by_switching(), tests.entry('late'), tests.company('globex'), date '2026-02-02', 'late')
  returning set_config('app.tenant_id', tests.tenant('acme')::text, true);
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (pg_temp.tenant_by_switching(), tests.entry('late'), 1, tests.account('globex', '1000'), 'USD', 5, 0),
    (tests.tenant('globex'), tests.entry('late'), 2, tests.account('globex', '4000'), 'USD', 0, 5)
$$), 'accepted', 'A10 nor may it post by direct SQL begun under another tenant');

select is(pg_temp.outcome($$
  select tests.set_context('clerk', 'globex');
  select finance.post_journal(tests.company('globex'), date '2026-02-02', 'late',
    array[tests.account('globex', '1000'), tests.account('globex', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])
$$), 'IB102', 'A10 nor through the posting function (IB102)');

select * from finish();
rollback;
