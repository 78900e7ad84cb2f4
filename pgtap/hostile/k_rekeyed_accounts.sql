-- A statement that deletes a row and inserts it again under the same key changes what must not change, unless the
-- deletion itself is refused.
begin;
select plan(3);

select tests.act_as('clerk', 'acme');

create function pg_temp.try(p_sql text) returns void language plpgsql as $$
begin
  execute p_sql;
exception when others then
  null;
end $$;

select pg_temp.try($$
  with gone as (delete from finance.accounts where id = tests.account('acme', '4000') returning tenant_id, id, company_id, code, name)
  insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency)
  select tenant_id, id, company_id, code, name, 'asset', 'EUR' from gone
$$);
select is((select (account_type, currency)::text from finance.accounts where id = tests.account('acme', '4000')), '(income,)',
  'K34 an account with posted lines cannot be replaced by one of another type and currency in one statement');

select pg_temp.try($$
  insert into finance.companies (tenant_id, id, code, name, functional_currency)
  values (tests.tenant('acme'), tests.company('second of acme'), 'second', 'Second Ltd', 'USD')
$$);
select pg_temp.try($$
  with gone as (delete from finance.accounts where id = tests.account('acme', '4000') returning tenant_id, id, code, name, account_type)
  insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
  select tenant_id, id, tests.company('second of acme'), code, name, account_type from gone
$$);
select is((select company_id from finance.accounts where id = tests.account('acme', '4000')), tests.company('acme'),
  'K34 nor moved to another company');

select pg_temp.try($$
  with gone as (delete from finance.companies where id = tests.company('acme') returning tenant_id, id, code, name)
  insert into finance.companies (tenant_id, id, code, name, functional_currency)
  select tenant_id, id, code, name, 'JPY' from gone
$$);
select is((select functional_currency from finance.companies where id = tests.company('acme')), 'USD',
  'K34 nor can a company with books change its functional currency that way');

select * from finish();
rollback;
