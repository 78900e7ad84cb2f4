begin;
select plan(6);

select tests.act_as('clerk', 'acme');

create function pg_temp.answer(p_sql text) returns text language plpgsql as $$
declare
  detail text;
begin
  execute p_sql;
  return 'accepted';
exception when others then
  get stacked diagnostics detail = pg_exception_detail;
  return sqlstate || ' ' || sqlerrm || ' ' || detail;
end $$;
create function pg_temp.header(p_company uuid, p_date date, p_reverses uuid default null) returns text language sql
return pg_temp.answer(format('insert into finance.journal_entries (tenant_id, company_id, entry_date, description, reverses_entry_id) '
  'values (%L, %L, %L, %L, %L)', tests.tenant('globex'), p_company, p_date, 'probe', p_reverses));

select matches(pg_temp.header(tests.company('globex'), date '2026-02-02'), '^42501 ',
  'G1 a header for another tenant is refused (42501)');
select is(pg_temp.header(tests.company('globex'), date '2026-01-15'), pg_temp.header(tests.company('globex'), date '2026-02-15'),
  'G2 the answer does not tell a closed period of another tenant from an open one');
select is(pg_temp.header(tests.company('globex'), date '2031-01-15'), pg_temp.header(tests.company('globex'), date '2026-02-15'),
  'G2 nor which periods another tenant has');
select is(pg_temp.header(tests.company('nobody'), date '2026-02-15'), pg_temp.header(tests.company('globex'), date '2026-02-15'),
  'G2 nor which companies it has');
select is(pg_temp.header(tests.company('globex'), date '2026-02-15', tests.entry('nothing')),
  pg_temp.header(tests.company('globex'), date '2026-02-15', tests.entry('first of globex')),
  'G2 nor which entries it has');
select is(pg_temp.header(tests.company('globex'), date '2026-02-01', tests.entry('first of globex')),
  pg_temp.header(tests.company('globex'), date '2026-02-15', tests.entry('first of globex')),
  'G2 nor when an entry of it was dated');

select * from finish();
rollback;
