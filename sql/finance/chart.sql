-- Guarantee: the chart of accounts of a company is a tree: no account is above itself, over however many steps.
-- How: a row guard climbs from the new parent to the top and locks each account on the way FOR SHARE, so that no other
--   transaction can change what it has passed; two that would close a circle together wait for each other, and one fails.
-- Raises: IB220
-- Proved by: pgtap/finance/chart.sql

create or replace function finance.assert_chart_is_tree()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  above uuid := new.parent_id;
  passed uuid[] := array[new.id];
  way text := new.code;
  step record;
begin
  while above is not null loop
    select a.code, a.parent_id into step
    from finance.accounts a
    where a.tenant_id = new.tenant_id and a.company_id = new.company_id and a.id = above
    for share;
    -- The foreign key wants the parent: not to see it means to look with the wrong tenant.
    way := format('%s, %s', way, coalesce(step.code, above::text));
    if above = any (passed) or not found then
      raise exception using
        errcode = 'IB220',
        message = format('account %s would be above itself', new.code),
        detail = format('The way up: %s.', way),
        hint = 'Choose a parent that is not below the account.',
        schema = tg_table_schema, table = tg_table_name, column = 'parent_id', constraint = 'account_chart_is_tree';
    end if;
    passed := passed || above;
    above := step.parent_id;
  end loop;
  return null;
end
$function$;
comment on function finance.assert_chart_is_tree() is
  'Row trigger: raises IB220 where an account would be above itself. Definer, since the application may not lock whole rows of accounts.';

create or replace trigger t40_assert_chart_is_tree after insert or update of parent_id, company_id, id on finance.accounts
  for each row when (new.parent_id is not null) execute function finance.assert_chart_is_tree();
alter table finance.accounts enable always trigger t40_assert_chart_is_tree;

create or replace view finance.v_chart_of_accounts with (security_invoker = true) as
with recursive chart as (
  select a.tenant_id, a.company_id, a.id as account_id, a.parent_id, a.code, a.name, a.account_type, a.currency, a.is_active,
    1 as depth, array[a.code] as path
  from finance.accounts a
  where a.parent_id is null
  union all
  select a.tenant_id, a.company_id, a.id, a.parent_id, a.code, a.name, a.account_type, a.currency, a.is_active,
    c.depth + 1, c.path || a.code
  from chart c
  join finance.accounts a on a.tenant_id = c.tenant_id and a.company_id = c.company_id and a.parent_id = c.account_id
)
select
  c.tenant_id, c.company_id, c.account_id, c.parent_id, c.code, c.name, c.account_type, c.currency, c.is_active, c.depth, c.path
from chart c;
comment on view finance.v_chart_of_accounts is 'Accounts of the tenant in context with their place in the chart; ordered by path it reads from top to bottom.';
comment on column finance.v_chart_of_accounts.tenant_id is 'Owning tenant.';
comment on column finance.v_chart_of_accounts.company_id is 'Company whose chart it is.';
comment on column finance.v_chart_of_accounts.account_id is 'The account.';
comment on column finance.v_chart_of_accounts.parent_id is 'Account right above it.';
comment on column finance.v_chart_of_accounts.code is 'Its code.';
comment on column finance.v_chart_of_accounts.name is 'Its name.';
comment on column finance.v_chart_of_accounts.account_type is 'asset, liability, equity, income or expense.';
comment on column finance.v_chart_of_accounts.currency is 'Only currency it takes; null when it takes any.';
comment on column finance.v_chart_of_accounts.is_active is 'Whether new lines may use it.';
comment on column finance.v_chart_of_accounts.depth is '1 at the top, one more for each account above it.';
comment on column finance.v_chart_of_accounts.path is 'Codes from the top down to the account.';
