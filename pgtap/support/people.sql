-- Helpers for the proofs: tests speak in people and companies. Loaded into a throwaway database only.

create schema tests;
grant usage on schema tests to public;

create function tests.tenant(p_slug text) returns uuid language sql immutable return case p_slug
  when 'acme' then '11111111-1111-4111-8111-111111111111'
  when 'globex' then '22222222-2222-4222-8222-222222222222'
end::uuid;
comment on function tests.tenant(text) is 'One of the two tenants of the proofs: acme or globex.';

create function tests.person(p_name text) returns uuid language sql immutable
return pg_catalog.md5('person ' operator(pg_catalog.||) p_name)::uuid;
comment on function tests.person(text) is 'User id of a person.';

create function tests.company(p_tenant text) returns uuid language sql immutable
return pg_catalog.md5('company ' operator(pg_catalog.||) p_tenant)::uuid;
comment on function tests.company(text) is 'The company of a tenant.';

create function tests.account(p_tenant text, p_code text) returns uuid language sql immutable
return pg_catalog.md5('account ' operator(pg_catalog.||) p_tenant operator(pg_catalog.||) ' ' operator(pg_catalog.||) p_code)::uuid;
comment on function tests.account(text, text) is
  'An account of a tenant: 1000 cash, 1100 cash in euro only, 3000 equity, 4000 sales, 5000 rent, 9000 closed (inactive).';

do $entry$
begin
  execute format($create$
    create function tests.entry(p_name text) returns uuid language sql immutable
    return (%L operator(pg_catalog.||) pg_catalog.substr(pg_catalog.md5('entry ' operator(pg_catalog.||) p_name), 13))::uuid
  $create$, left(replace(aibos.uuid_v7_from(now() - interval '1 day')::text, '-', ''), 12));
end
$entry$;
comment on function tests.entry(text) is 'Id for an entry, by a name; it sorts as one of the day before these proofs were loaded.';

create function tests.set_context(p_person text, p_tenant text, p_reason text default null)
returns void language plpgsql as $$
begin
  perform set_config('app.tenant_id', coalesce(tests.tenant(p_tenant)::text, ''), true);
  perform set_config('app.user_id', coalesce(tests.person(p_person)::text, ''), true);
  perform set_config('app.request_id', 'request of ' || coalesce(p_person, 'nobody'), true);
  perform set_config('app.reason', coalesce(p_reason, ''), true);
  perform set_config('app.context_token', coalesce(tests.token(tests.tenant(p_tenant), tests.person(p_person)), ''), true);
end $$;
comment on function tests.set_context(text, text, text) is
  'Sets tenant, user, request and reason of the transaction, and the token that tests.sign_contexts() makes necessary; null leaves one empty.';

create function tests.secret() returns bytea language sql immutable return sha256('the secret of the proofs'::bytea);
comment on function tests.secret() is 'Secret of the context key proofkey.';

-- Definer, since no application may execute the hash; the login of the session stays.
create function tests.token(
  p_tenant uuid, p_user uuid, p_expires_in integer default 60, p_login name default session_user, p_key_id text default 'proofkey',
  p_secret bytea default tests.secret(), p_database name default current_database()
)
returns text language sql stable security definer as $$
  select t.head || '.' || encode(aibos.hmac_sha256(p_secret,
    convert_to(t.head || length(p_database) || ':' || p_database || p_login, 'UTF8')), 'hex')
  from (
    select format('v1.%s.%s.%s.%s', p_key_id, p_tenant, coalesce(p_user, '00000000-0000-0000-0000-000000000000'),
      to_char(trunc(date_part('epoch', now())) + p_expires_in, 'FM0000000000')) as head
    where p_tenant is not null
  ) t;
$$;
comment on function tests.token(uuid, uuid, integer, name, text, bytea, name) is
  'A signed context, as a holder of the key makes it: for a tenant, a user, some seconds from now on, a login, a key and a database; null without a tenant.';

create function tests.sign_contexts() returns void language plpgsql as $$
begin
  perform set_config('role', 'aibos_owner', true);
  call aibos.install_context_key('proofkey', tests.secret());
  perform set_config('role', 'none', true);
end $$;
comment on function tests.sign_contexts() is 'Installs the key that the contexts of the proofs are signed with: unsigned ones are none from then on.';

create function tests.enter(p_tenant uuid) returns void language plpgsql as $$
begin
  perform set_config('app.tenant_id', p_tenant::text, true);
  perform set_config('app.context_token', coalesce(tests.token(p_tenant, nullif(current_setting('app.user_id', true), '')::uuid), ''), true);
end $$;
comment on function tests.enter(uuid) is 'Sets the tenant by its id, known or not; user and role stay.';

create function tests.become(p_person text) returns void language plpgsql as $$
begin
  perform set_config('app.user_id', tests.person(p_person)::text, true);
  perform tests.enter(current_setting('app.tenant_id')::uuid);
end $$;
comment on function tests.become(text) is 'Sets the user; tenant and role stay.';

create function tests.role_of(p_person text) returns name language sql immutable return case p_person
  when 'clerk' then 'aibos_finance_role'
  when 'operator' then 'aibos_kernel_role'
  when 'admin' then 'aibos_admin'
  when 'auditor' then 'aibos_auditor_role'
  when 'monitor' then 'aibos_monitor_role'
  when 'migrator' then 'aibos_migration'
  when 'reader' then 'aibos_config_role'
end::name;
comment on function tests.role_of(text) is
  'Database role of a person: clerk (finance), operator (kernel), admin, auditor, monitor, migrator, reader (config).';

create function tests.act_as(p_person text, p_tenant text default null, p_reason text default null)
returns void language plpgsql as $$
begin
  perform tests.set_context(p_person, p_tenant, p_reason);
  perform set_config('role', tests.role_of(p_person), true);
end $$;
comment on function tests.act_as(text, text, text) is
  'Becomes a person for the rest of the transaction: their database role, with the tenant in context.';

create function tests.act_as_superuser() returns void language plpgsql as $$
begin
  perform set_config('role', 'none', true);
end $$;
comment on function tests.act_as_superuser() is 'Goes back to the login of the test, a superuser; the context stays.';

create function tests.outcome(p_sql text) returns text language plpgsql as $$
begin
  execute p_sql;
  return 'accepted';
exception when others then
  return sqlstate;
end $$;
comment on function tests.outcome(text) is
  'What becomes of a statement: accepted, or the code it is refused with, and then it leaves nothing behind.';

create function tests.refusal(p_sql text) returns text language plpgsql as $$
declare
  facts text;
begin
  execute p_sql;
  return 'accepted';
exception when others then
  get stacked diagnostics facts = pg_exception_detail;
  return sqlstate || ': ' || facts;
end $$;
comment on function tests.refusal(text) is 'The code and the detail with which a statement is refused, or that it was accepted.';

create function tests.failures() returns text language plpgsql stable as $$
begin
  return (
    select string_agg(v.check_name || ': ' || v.object, ', ' order by v.check_name, v.object) from (
      select check_name, object, status from aibos.v_tenant_isolation_check
      union all select check_name, object, status from finance.v_immutability_check
      union all select check_name, object, status from finance.v_double_entry_check
      union all select 'installation', check_name || ' ' || object, status from aibos.v_installation_check
    ) v where v.status = 'FAIL'
  );
end $$;
comment on function tests.failures() is 'Name and object of every check that fails, but those that look at rows; null while none does.';

create function tests.close_until(p_tenant text, p_day date) returns bigint language plpgsql as $$
begin
  return (
    select count(finance.close_period(p.id)) from (
      select f.id from finance.fiscal_periods f
      where f.tenant_id = tests.tenant(p_tenant) and f.ends_on <= p_day and f.status <> 'closed' order by f.starts_on
    ) p
  );
end $$;
comment on function tests.close_until(text, date) is 'Closes the periods of a tenant that end by a day, as the acting person; returns how many.';

create function tests.end_part() returns integer language plpgsql as $$
declare
  part integer;
begin
  -- Entries of this transaction still wait for COMMIT.
  set constraints all immediate;
  set constraints all deferred;
  perform set_config('role', 'aibos_owner', true);
  perform finance.prepare_journal_part();
  part := finance._open_part(aibos.uuid_v7_from(clock_timestamp() + interval '2 ms'));
  perform set_config('role', 'none', true);
  -- The next entry is made by a later millisecond than the last part ends with.
  perform pg_sleep(0.005);
  return part;
end $$;
comment on function tests.end_part() is
  'Ends the last part of the ledger now, which finance.open_journal_part() does for a coming time alone; returns the number of the next. For a superuser.';

-- The two books that every proof may rely on. Committed once, when the database of the proofs is made.
do $books$
declare
  slug text;
begin
  foreach slug in array array['acme', 'globex']
  loop
    perform tests.set_context('founder', slug, 'books for the proofs');
    perform aibos.register_tenant(tests.tenant(slug), slug);
    if to_regclass('kernel.tenants') is not null then
      insert into kernel.tenants (id, name, slug) values (tests.tenant(slug), initcap(slug), slug);
      insert into kernel.users (tenant_id, id, email)
      values (tests.tenant(slug), tests.person('clerk of ' || slug), 'clerk@' || slug || '.test');
    end if;
    if to_regclass('finance.companies') is not null then
      insert into finance.companies (tenant_id, id, code, name, functional_currency)
      values (tests.tenant(slug), tests.company(slug), 'main', initcap(slug) || ' Ltd', 'USD');
      insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, is_active)
      select tests.tenant(slug), tests.account(slug, a.code), tests.company(slug), a.code, a.name, a.account_type, a.currency, a.is_active
      from (values
        ('1000', 'Cash', 'asset', null, true),
        ('1100', 'Cash in euro', 'asset', 'EUR', true),
        ('3000', 'Equity', 'equity', null, true),
        ('4000', 'Sales', 'income', null, true),
        ('5000', 'Rent', 'expense', null, true),
        ('9000', 'Closed account', 'asset', null, false)
      ) as a (code, name, account_type, currency, is_active);
      perform finance.open_fiscal_year(tests.company(slug), date '2026-01-01');
      perform finance.close_period(p.id) from finance.fiscal_periods p
      where p.tenant_id = tests.tenant(slug) and p.name = '2026-01';
      -- One posted entry in each book: 2026-02-02, cash 100.00 from sales.
      insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
      values (tests.tenant(slug), tests.entry('first of ' || slug), tests.company(slug), date '2026-02-02', 'First sale');
      insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
      values
        (tests.tenant(slug), tests.entry('first of ' || slug), 1, tests.account(slug, '1000'), 'USD', 10000, 0),
        (tests.tenant(slug), tests.entry('first of ' || slug), 2, tests.account(slug, '4000'), 'USD', 0, 10000);
    end if;
  end loop;
end
$books$;

create function tests.insert_header(p_tenant text, p_entry text, p_date date default date '2026-03-10')
returns void language sql begin atomic
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant(p_tenant), tests.entry(p_entry), tests.company(p_tenant), p_date, p_entry);
end;
comment on function tests.insert_header(text, text, date) is 'Inserts a header as the acting person would, by direct SQL.';

create function tests.insert_lines(p_tenant text, p_entry text, variadic p_amounts bigint[])
returns void language sql begin atomic
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant(p_tenant), tests.entry(p_entry), a.n,
    tests.account(p_tenant, case when a.amount >= 0 then '1000' else '4000' end), 'USD',
    greatest(a.amount, 0), greatest(-a.amount, 0)
  from unnest(p_amounts) with ordinality as a (amount, n);
end;
comment on function tests.insert_lines(text, text, bigint[]) is
  'Inserts the lines of an entry in one statement by direct SQL: a positive amount debits cash, a negative one credits sales, in cents.';

grant execute on all functions in schema tests to public;
