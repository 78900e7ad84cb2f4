begin;
select plan(144);

-- HMAC-SHA-256: the published vectors of RFC 4231, all seven cases; the fifth is published cut to 128 bits.
select is(left(encode(aibos.hmac_sha256(v.key, v.message), 'hex'), length(v.mac)), v.mac, format('HMAC-SHA-256 is that of RFC 4231, case %s', v.no))
from (values
  (1, decode(repeat('0b', 20), 'hex'), 'Hi There'::bytea, 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'),
  (2, 'Jefe', 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
  (3, decode(repeat('aa', 20), 'hex'), decode(repeat('dd', 50), 'hex'), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'),
  (4, '\x0102030405060708090a0b0c0d0e0f10111213141516171819', decode(repeat('cd', 50), 'hex'),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'),
  (5, decode(repeat('0c', 20), 'hex'), 'Test With Truncation', 'a3b6167473100ee06e0c796c2955552b'),
  (6, decode(repeat('aa', 131), 'hex'), 'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'),
  (7, decode(repeat('aa', 131), 'hex'),
    'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2')
) as v (no, key, message, mac);
select is(length(aibos._hmac_pad(decode(repeat('aa', n), 'hex'), 54)), 64, format('a key of %s bytes makes a block of 64', n))
from unnest(array[0, 1, 63, 64, 65, 1000]) n;

-- Unsigned: the limit of that mode, shown.
select tests.act_as('clerk', 'acme');
select is(tests.outcome($$select set_config('app.tenant_id', tests.tenant('globex')::text, true)$$), 'accepted',
  'while no key is live any SQL may name another tenant');
select ok(exists (select from finance.accounts a where a.tenant_id = tests.tenant('globex')), 'and then reads its rows');
select tests.act_as_superuser();
select is((select c.status from aibos.v_tenant_isolation_check c where c.check_name = 'context_signed'), 'WARN', 'the isolation check warns of it');
select is((select array_agg(c.status) from aibos.v_tenant_isolation_check c where c.check_name = 'context_function'),
  array['PASS', 'PASS', 'PASS'], 'the readers in force are the unsigned ones');

-- Installing a key.
create function pg_temp.as_owner(p_sql text) returns text language plpgsql as $$
declare
  answer text;
begin
  perform set_config('role', 'aibos_owner', true);
  answer := tests.outcome(p_sql);
  perform set_config('role', 'none', true);
  return answer;
end $$;
select is(pg_temp.as_owner(format('call aibos.install_context_key(%s)', call.arguments)), 'IB106', format('a key with %s is refused (IB106)', call.what))
from (values
  ('no name', $$null, tests.secret()$$),
  ('a short name', $$'key', tests.secret()$$),
  ('a long name', $$'keykeykey', tests.secret()$$),
  ('capitals in its name', $$'PROOFKEY', tests.secret()$$),
  ('a dot in its name', $$'proof.ke', tests.secret()$$),
  ('a line feed after its name', $$E'proofke\n', tests.secret()$$),
  ('no secret', $$'proofkey', null$$),
  ('an empty secret', $$'proofkey', ''$$),
  ('a secret of 31 bytes', $$'proofkey', decode(repeat('00', 31), 'hex')$$),
  ('a negative skew', $$'proofkey', tests.secret(), -1$$),
  ('a skew of an hour', $$'proofkey', tests.secret(), 3600$$),
  ('a lifetime of a second', $$'proofkey', tests.secret(), 5, 1$$),
  ('a lifetime of a week', $$'proofkey', tests.secret(), 5, 604800$$),
  ('no lifetime', $$'proofkey', tests.secret(), 5, null$$)
) as call (what, arguments);
select is((select count(*) from aibos.context_key_states()), 0::bigint, 'a refused key leaves nothing');

create function pg_temp.as_person(p_person text, p_sql text) returns text language plpgsql as $$
begin
  perform tests.act_as(p_person, 'acme');
  return tests.outcome(p_sql);
end $$;
select is(pg_temp.as_person(person, format('call aibos.%s', call)), '42501', format('B10 %s cannot call %s (42501)', person, call))
from unnest(array['clerk', 'operator', 'admin', 'migrator', 'monitor', 'auditor', 'reader']) person,
  unnest(array[$$install_context_key('evilkey1', decode(repeat('00', 32), 'hex'))$$, $$retire_context_key('proofkey')$$, 'end_signed_context()']) call;
select tests.act_as('clerk', 'acme');
select is(tests.outcome($$select aibos.hmac_sha256('k', 'm')$$), '42501', 'B10 an application cannot compute the hash with a function of ours (42501)');
select is(tests.outcome('select key_id from aibos.context_keys'), '42501', 'an application cannot read the keys (42501)');
select tests.act_as_superuser();
select tests.sign_contexts();
create role all_reader login in role pg_read_all_data;
select set_config('role', 'all_reader', true);
select is((select count(*) from aibos.context_keys), 0::bigint, 'a member of pg_read_all_data sees no key');
select tests.act_as_superuser();
drop role all_reader;

select is((select c.status || ': ' || c.detail from aibos.v_tenant_isolation_check c where c.check_name = 'context_signed'),
  'PASS: Signed; live keys: proofkey.', 'the isolation check names the live key');
select is((select array_agg(c.status) from aibos.v_tenant_isolation_check c where c.check_name = 'context_function'),
  array['PASS', 'PASS', 'PASS'], 'the readers in force are the signed ones');
select is(tests.failures(), null, 'no check fails after a key was installed');
select is((select c.is_present from aibos.capabilities c where c.name = 'signed_context'), true, 'the capability is recorded as present');
select is((select jsonb_agg(to_jsonb(k) - 'installed_at') from aibos.context_key_states() k),
  format('[{"key_id": "proofkey", "is_live": true, "clock_skew_seconds": 5, "max_lifetime_seconds": 300, "installed_by": "%s", "retired_at": null, "retired_by": null}]', session_user)::jsonb,
  'the states of the keys tell all but the secret');

-- A genuine context.
select tests.act_as('clerk', 'acme');
select is(aibos.current_tenant_id(), tests.tenant('acme'), 'a signed context names its tenant');
select is(aibos.current_user_id(), tests.person('clerk'), 'a signed context names its user');
select is(aibos.current_actor(), tests.person('clerk'), 'the audit log reads the signed user');
select is((select array_agg(distinct a.tenant_id) from finance.accounts a), array[tests.tenant('acme')], 'it reads the rows of its tenant alone');
select lives_ok($$insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'signed', 'Signed', 'USD')$$,
  'it writes rows of its tenant');
select lives_ok($$select finance.post_journal(tests.company('acme'), date '2026-03-10', 'signed',
  array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])$$, 'it posts');

-- B1 to B8, A13: everything else is refused, and says why. Each case sets a token, and what else it needs.
create function pg_temp.refused(p_token text) returns text language plpgsql as $$
begin
  perform set_config('app.context_token', p_token, true);
  return tests.refusal('select aibos.current_tenant_id()');
end $$;
create function pg_temp.token() returns text language sql as $$select tests.token(tests.tenant('acme'), tests.person('clerk'))$$;
select is(pg_temp.refused(c.token), '42501: ' || c.detail, format('%s is refused (42501)', c.what))
from (values
  ('A1 no token', '', 'No signed context is set in this transaction.'),
  ('B5 a word as a token', 'acme', 'The context token is malformed.'),
  ('B5 the token of another version', regexp_replace(pg_temp.token(), '^v1', 'v2'), 'The context token is malformed.'),
  ('B5 a truncated token', left(pg_temp.token(), 160), 'The context token is malformed.'),
  ('B5 a token with a character too many', pg_temp.token() || '0', 'The context token is malformed.'),
  ('B5 a token with a dot too many', regexp_replace(pg_temp.token(), '\.', '..'), 'The context token is malformed.'),
  ('B5 a token with an algorithm', regexp_replace(pg_temp.token(), '^v1', 'v1.none'), 'The context token is malformed.'),
  ('B5 a token with an empty signature', left(pg_temp.token(), 97), 'The context token is malformed.'),
  ('B5 a token with a signature of zeros', left(pg_temp.token(), 97) || repeat('0', 64), 'The context token is forged, or was made for another login or another database.'),
  ('B5 a token with an upper-case signature', left(pg_temp.token(), 97) || upper(substr(pg_temp.token(), 98)), 'The context token is malformed.'),
  ('B5 a megabyte as a token', repeat('v', 1048576), 'The context token is malformed.'),
  ('B5 a token in digits of another script', translate(pg_temp.token(), '0', '０'), 'The context token is malformed.'),
  ('B4 the own token with another tenant and the old signature', replace(pg_temp.token(), tests.tenant('acme')::text, tests.tenant('globex')::text),
    'The context token is forged, or was made for another login or another database.'),
  ('M14 the own token with another user and the old signature', replace(pg_temp.token(), tests.person('clerk')::text, tests.person('admin')::text),
    'The context token is forged, or was made for another login or another database.'),
  ('B4 the own token with a later expiry and the old signature', overlay(pg_temp.token() placing '9999999999' from 87),
    'The context token is forged, or was made for another login or another database.'),
  ('B5 the own token in capitals', upper(pg_temp.token()), 'The context token is malformed.'),
  ('B8 a token of a key that was never installed', tests.token(tests.tenant('acme'), tests.person('clerk'), p_key_id => 'otherkey'),
    'The context token is signed with a key that is not live.'),
  ('a token of the right key name and another secret', tests.token(tests.tenant('acme'), tests.person('clerk'), p_secret => sha256('guess')),
    'The context token is forged, or was made for another login or another database.'),
  ('a token for another login', tests.token(tests.tenant('acme'), tests.person('clerk'), p_login => 'somebody'),
    'The context token is forged, or was made for another login or another database.'),
  ('a token for another database', tests.token(tests.tenant('acme'), tests.person('clerk'), p_database => 'elsewhere'),
    'The context token is forged, or was made for another login or another database.'),
  ('B7 a token that has expired', tests.token(tests.tenant('acme'), tests.person('clerk'), -7), 'The context token has expired.'),
  ('B7 a token from far ahead', tests.token(tests.tenant('acme'), tests.person('clerk'), 307), 'The context token expires later than its key allows.'),
  ('A8 a signed nil tenant', tests.token('00000000-0000-0000-0000-000000000000', tests.person('clerk')), 'The context token names no tenant.'),
  ('A13 a genuine token of another tenant than app.tenant_id', tests.token(tests.tenant('globex'), tests.person('clerk')),
    'app.tenant_id is not the tenant of the context token.')
) as c (what, token, detail);
select is(tests.refusal(format('select set_config(%L, %L, true), set_config(%L, %L, true), aibos.current_tenant_id()', 'app.tenant_id',
  '00000000-0000-0000-0000-000000000000', 'app.context_token', tests.token('00000000-0000-0000-0000-000000000000', tests.person('clerk')))),
  '42501: The context token names no tenant.', 'A8 a nil tenant that is signed and named is none (42501)');
select is(tests.outcome(format('select set_config(%L, %L, true), aibos.current_tenant_id()', 'app.context_token',
    tests.token(tests.tenant('acme'), tests.person('clerk'), seconds))), 'accepted', format('B7 a token that expires in %s seconds is taken', seconds))
from unnest(array[-4, 0, 60, 300, 304]) seconds;

-- The boundary between database and login is part of the text, so no pair of names can stand for another one.
select isnt(
  tests.token(tests.tenant('acme'), tests.person('clerk'), p_database => 'books', p_login => '1app'),
  tests.token(tests.tenant('acme'), tests.person('clerk'), p_database => 'books1', p_login => 'app'),
  'a token for a login and a database is none for others that read the same together');

-- B1, B2: a changed setting.
select tests.act_as('clerk', 'acme');
select is(tests.refusal($$select set_config('app.tenant_id', tests.tenant('globex')::text, true), (select count(*) from finance.accounts)$$),
  '42501: app.tenant_id is not the tenant of the context token.', 'B1 a changed tenant in an injected expression reads nothing (42501)');
select is(tests.refusal($$with switched as materialized (select set_config('app.tenant_id', tests.tenant('globex')::text, true))
  select a.id from switched, finance.accounts a$$),
  '42501: app.tenant_id is not the tenant of the context token.', 'B2 a changed tenant in a CTE reads nothing (42501)');
select is(tests.outcome($$insert into finance.companies (tenant_id, code, name, functional_currency)
  select tests.tenant('globex'), set_config('app.tenant_id', tests.tenant('globex')::text, true), 'x', 'USD'$$), '42501',
  'B2 a tenant that is changed after the guard looked writes nothing (42501)');
select is(tests.refusal($$select set_config('app.tenant_id', '{' || tests.tenant('acme') || '}', true), aibos.current_tenant_id()$$),
  '42501: app.tenant_id is not the tenant of the context token.', 'A7 another spelling of the own tenant is refused while contexts are signed (42501)');
select tests.act_as('clerk', 'acme');
select is(tests.outcome($$select set_config('app.user_id', tests.person('admin')::text, true), aibos.current_user_id()$$), 'IB104', 'M14 another user is refused (IB104)');
select is(tests.refusal(format('select set_config(%L, %L, true), set_config(%L, %L, true), aibos.current_user_id()', 'app.user_id',
  tests.person('admin'), 'app.context_token', replace(pg_temp.token(), tests.person('clerk')::text, tests.person('admin')::text))),
  '42501: The context token is forged, or was made for another login or another database.', 'M14 another user under a forged token is refused (42501)');
select is(tests.outcome($$update finance.companies set name = set_config('app.user_id', tests.person('admin')::text, true) where code = 'signed'$$),
  'IB104', 'M14 a change under the name of another user is refused (IB104)');
select is(tests.outcome($$update finance.companies set name = set_config('app.context_token', 'x', true) || 'x' where code = 'signed'$$), '42501',
  'N7 a change whose token is dropped half way is refused (42501)');
select tests.act_as('clerk', 'acme');
select tests.set_context(null, 'acme');
select is(tests.outcome('select aibos.current_tenant_id()'), 'accepted', 'a signed context without a user names its tenant');
select is(tests.outcome('select aibos.current_user_id()'), 'IB104', 'and no user (IB104)');

-- Who may work without a context: logins that look after the database, and no application, of whatever role.
select tests.act_as_superuser();
create role proof_shop nologin;
do $logins$
declare
  of_role record;
begin
  for of_role in select * from (values ('finance', 'aibos_finance_role'), ('kernel', 'aibos_kernel_role'), ('admin', 'aibos_admin'),
    ('config', 'aibos_config_role'), ('auditor', 'aibos_auditor_role'), ('shop', 'proof_shop'), ('migration', 'aibos_migration'),
    ('monitor', 'aibos_monitor_role')) as r (login, role_name)
  loop
    execute format('create role %I login in role %I', 'proof_' || of_role.login || '_login', of_role.role_name);
  end loop;
  create role proof_both_login login in role aibos_migration, aibos_finance_role;
end $logins$;
grant usage on schema aibos to public;
grant execute on function aibos.current_actor(), aibos.current_tenant_id() to public;
create function pg_temp.actor_of(p_login text) returns text language plpgsql as $$
declare
  actor text;
  superuser text := session_user;
begin
  perform set_config('app.tenant_id', '', true), set_config('app.user_id', '', true), set_config('app.context_token', '', true);
  perform set_config('session_authorization', p_login, true);
  begin
    actor := coalesce(aibos.current_actor()::text, 'nobody');
  exception when insufficient_privilege then
    actor := sqlerrm;
  end;
  perform set_config('session_authorization', superuser, true);
  return actor;
end $$;
select is(pg_temp.actor_of(format('proof_%s_login', login)), 'tenant_id required', format('N7 a login of %s has no name without a context (42501)', login))
from unnest(array['finance', 'kernel', 'admin', 'config', 'auditor', 'shop', 'both']) login;
select is(pg_temp.actor_of(format('proof_%s_login', login)), 'nobody', format('a login of %s works without one, as nobody', login))
from unnest(array['migration', 'monitor']) login;
select is(pg_temp.actor_of(session_user::text), 'nobody', 'so does a superuser');
select is(pg_temp.actor_of((select pg_get_userbyid(d.datdba) from pg_database d where d.datname = current_database())), 'nobody',
  'and the owner of the database');
revoke usage on schema aibos from public;
revoke execute on function aibos.current_actor(), aibos.current_tenant_id() from public;

-- Rotation: two live keys, and the older one goes.
select tests.act_as_superuser();
select is(pg_temp.as_owner($$call aibos.install_context_key('proofkey', sha256('other'))$$), 'IB106', 'a name is used once (IB106)');
select is(pg_temp.as_owner($$call aibos.install_context_key('nextkey1', tests.secret())$$), 'IB106', 'a secret is not installed again while it is live (IB106)');
select is(pg_temp.as_owner($$call aibos.retire_context_key('proofkey')$$), 'IB109', 'the only live key cannot be retired (IB109)');
select is(pg_temp.as_owner($$call aibos.retire_context_key(null)$$), 'IB108', 'no key cannot be retired (IB108)');
select is(pg_temp.as_owner($$call aibos.install_context_key('nextkey1', sha256('next'), 0, 5)$$), 'accepted', 'a second key becomes live');
select is(pg_temp.as_owner($$call aibos.install_context_key('thirdkey', sha256('third'))$$), 'IB107', 'a third one is refused (IB107)');
select tests.act_as('clerk', 'acme');
select is(aibos.current_tenant_id(), tests.tenant('acme'), 'contexts signed with the older key hold while both are live');
create function pg_temp.next(p_seconds integer) returns text language sql as $$
  select tests.token(tests.tenant('acme'), tests.person('clerk'), p_seconds, p_key_id => 'nextkey1', p_secret => sha256('next'))
$$;
select is(tests.outcome(format('select set_config(%L, %L, true), aibos.current_tenant_id()', 'app.context_token', pg_temp.next(4))), 'accepted', 'and so do those of the newer one');
select is(tests.outcome(format('select set_config(%L, %L, true), aibos.current_tenant_id()', 'app.context_token', pg_temp.next(s))), '42501',
  format('B7 within its own limits of skew and lifetime: %s seconds are refused (42501)', s))
from unnest(array[-1, 6]) s;
select tests.act_as_superuser();
select is(pg_temp.as_owner($$call aibos.retire_context_key('proofkey')$$), 'accepted', 'the older key is retired');
select is((select count(*) from aibos.context_keys k where k.key_id = 'proofkey' and k.inner_pad is null and k.outer_pad is null and k.retired_by = session_user),
  1::bigint, 'its secret is forgotten, and who retired it is kept');
select is(pg_temp.as_owner($$call aibos.retire_context_key('proofkey')$$), 'IB108', 'a retired key cannot be retired again (IB108)');
select tests.act_as('clerk', 'acme');
select is(pg_temp.refused(pg_temp.token()), '42501: The context token is signed with a key that is not live.', 'B8 a token of a retired key is refused (42501)');
select tests.act_as_superuser();
select is(pg_temp.as_owner($$call aibos.install_context_key('proofkey', tests.secret())$$), 'IB106', 'the name of a retired key is not used again (IB106)');
select is(tests.failures(), null, 'no check fails after a rotation');

-- The check sees readers that the keys do not call for.
savepoint tampered;
alter function aibos.current_tenant_id() owner to postgres;
select is((select c.status from aibos.v_tenant_isolation_check c where c.check_name = 'context_function' and c.object = 'aibos.current_tenant_id()'),
  'FAIL', 'a reader that belongs to somebody else fails the check');
rollback to tampered;
call aibos._copy_reader('aibos._unsigned_tenant_id()', 'current_tenant_id');
select is((select c.status from aibos.v_tenant_isolation_check c where c.check_name = 'context_function' and c.object = 'aibos.current_tenant_id()'),
  'FAIL', 'an unsigned reader while a key is live fails the check');
rollback to tampered;

call aibos._copy_reader('aibos._unsigned_user_id()', 'current_user_id');
select is((select c.status from aibos.v_tenant_isolation_check c where c.check_name = 'context_function' and c.object = 'aibos.current_user_id()'),
  'FAIL', 'so does an unsigned reader of the user');
rollback to tampered;

-- Back to unsigned contexts, on purpose.
select is(pg_temp.as_owner('call aibos.end_signed_context()'), 'accepted', 'signing can be ended');
select set_config('app.context_token', '', true);
select tests.act_as('clerk', 'acme');
select is(aibos.current_tenant_id(), tests.tenant('acme'), 'contexts are taken as they are set again');
select tests.act_as_superuser();
select is((select c.status from aibos.v_tenant_isolation_check c where c.check_name = 'context_signed'), 'WARN', 'and the isolation check warns again');
select is((select c.is_present from aibos.capabilities c where c.name = 'signed_context'), false, 'the capability is recorded as absent');
select is((select count(*) from aibos.context_key_states() k where not k.is_live), 2::bigint, 'every key that was ever live is remembered');
select is(tests.failures(), null, 'no check fails');

select * from finish();
rollback;
