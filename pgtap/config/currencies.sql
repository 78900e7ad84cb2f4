begin;
set local client_min_messages = error;
select plan(28);

-- The list, against figures of ISO 4217 that are easy to get wrong.
select is(config.currency_exponent(c.code), c.exponent::smallint, format('%s has %s decimals', c.code, c.exponent))
from (values ('USD', 2), ('EUR', 2), ('JPY', 0), ('KWD', 3), ('CLF', 4), ('CLP', 0), ('ISK', 0), ('IQD', 3), ('MRU', 2), ('UGX', 0)) as c (code, exponent);
select cmp_ok((select count(*) from config.currencies c where c.kind = 'iso4217'), '>=', 150::bigint, 'the whole list is there');
select is_empty($$select c.code from config.currencies c where c.kind = 'iso4217' and c.code !~ '^[A-Z]{3}$'$$, 'a code of the list has three letters');

-- What is not known has no decimals: null, not two.
select is(config.currency_exponent('QQQ'), null, 'an unknown currency has no exponent');
select is(config.currency_exponent('usd'), null, 'a code in lower case is unknown');
select is(config.currency_exponent(''), null, 'an empty code is unknown');
select is(config.currency_exponent(null), null, 'no code is unknown');
select is(lint.after($$update config.currencies set is_active = false where code = 'USD'$$, $$select config.currency_exponent('USD')::text$$), 'nothing',
  'a currency that is no longer active has no exponent');

-- Every role asks without reading the table across schemas.
select tests.act_as('clerk', 'acme');
select is(config.currency_exponent('EUR'), 2::smallint, 'an application asks for an exponent');
create temporary table currencies (code text, exponent smallint, is_active boolean);
insert into currencies values ('QQQ', 2, true);
set local search_path = pg_temp, public, tap;
select is(config.currency_exponent('QQQ'), null, 'E7 a list of the caller''s own is not read');
reset search_path;

-- Where a currency is named it is known.
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'q', 'Q', 'QQQ')$$, 'IB401', null,
  'a company of an unknown currency is refused (IB401)');
select throws_ok($$insert into finance.accounts (tenant_id, company_id, code, name, account_type, currency)
  values (tests.tenant('acme'), tests.company('acme'), 'q', 'Q', 'asset', 'QQQ')$$, 'IB401', null, 'so is an account (IB401)');
select lives_ok($$insert into finance.accounts (tenant_id, company_id, code, name, account_type) values (tests.tenant('acme'), tests.company('acme'), 'q', 'Q', 'asset')$$,
  'an account that takes any currency names none');
select throws_ok($$insert into finance.payments (tenant_id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account)
  values (tests.tenant('acme'), tests.company('acme'), 'QQQ', 1, 'B', 'A')$$, 'IB401', null, 'so is a payment (IB401)');
select tests.act_as_superuser();
set local session_replication_role = replica;
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'q', 'Q', 'QQQ')$$, 'IB401', null,
  'I4 also when it comes by replication (IB401)');
set local session_replication_role = origin;

-- An administrator adds a commodity; an application adds nothing.
select tests.act_as('migrator', null, 'shares');
select lives_ok($$insert into config.currencies (code, name, exponent, kind) values ('ACME1', 'Acme share', 4, 'commodity')$$, 'a migration adds a commodity');
select is(config.currency_exponent('ACME1'), 4::smallint, 'which is known from then on');
select throws_ok($$insert into config.currencies (code, name, exponent) values ('ODD', 'Odd', 9)$$, '23514', null, 'more than eight decimals are refused (23514)');
select tests.act_as('clerk', 'acme');
select throws_ok($$insert into config.currencies (code, name, exponent) values ('ODD', 'Odd', 2)$$, '42501', null, 'an application adds no currency (42501)');

select * from finish();
rollback;
