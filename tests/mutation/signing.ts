import { type Mutant, mutant, rewritten } from './mutant.ts';

const proof = 'aibos/signed_context.sql';
const tenant = 'aibos._signed_tenant_id()';
const actor = 'aibos._signed_actor()';
const install = 'aibos.install_context_key(text,bytea,integer,integer)';

/** A reader of signed contexts, or what manages their keys, with one part of its text changed and recorded as installed. */
function without(name: string, signature: string, part: string, replacement: string): Mutant {
  return mutant(
    name,
    `${rewritten(signature, part, replacement)}; call aibos.record_fingerprints()`,
    proof,
  );
}

/** Mutants of signed contexts and their keys. */
export const signingMutants: readonly Mutant[] = [
  without('any token counts', tenant, '= substr(token, 98)', 'is not null'),
  without('a token holds for every login', tenant, '|| session_user', "|| ''"),
  without('a token holds for every database', tenant, '|| current_database() ||', '||'),
  without('database and login run together', tenant, "length(current_database()) || ':' ||", ''),
  without('a token is of the role in force', tenant, '|| session_user', '|| current_user'),
  without(
    'the user of a token is not signed',
    tenant,
    'left(token, 96)',
    "overlay(left(token, 96) placing repeat('0', 36) from 50)",
  ),
  without(
    'the tenant of a token is not signed',
    tenant,
    'left(token, 96)',
    "overlay(left(token, 96) placing repeat('0', 36) from 13)",
  ),
  without('the expiry of a token is not signed', tenant, 'left(token, 96)', 'left(token, 85)'),
  without('a token never expires', tenant, 'remaining >= -skew and', ''),
  without('a token may expire whenever it likes', tenant, 'remaining <= lifetime + skew', 'true'),
  without('clocks must agree to the second', tenant, 'remaining >= -skew', 'remaining >= 0'),
  without(
    'clocks may run far ahead',
    tenant,
    'remaining <= lifetime + skew',
    'remaining <= lifetime + 60',
  ),
  without(
    'the nil tenant can be signed',
    tenant,
    `tenant <> '00000000-0000-0000-0000-000000000000'`,
    'true',
  ),
  without(
    'the tenant named need not be the one signed',
    tenant,
    `tenant = current_setting('app.tenant_id', true)`,
    'true',
  ),
  without('any key verifies', tenant, 'k.key_id = substr(token, 4, 8)', 'true'),
  without(
    'a forged token is no error',
    tenant,
    'raise exception using',
    'return null; raise exception using',
  ),
  mutant(
    'the signed reader runs with the rights of the caller',
    `alter function ${tenant} security invoker`,
    proof,
  ),
  mutant('the signed reader is immutable', `alter function ${tenant} immutable`, proof),
  without(
    'the user named need not be the one signed',
    actor,
    'signed_user is distinct from named_user',
    'false',
  ),
  without(
    'the token is not verified for its user',
    actor,
    'perform aibos.current_tenant_id();',
    '',
  ),
  without(
    'an application hides by dropping its context',
    actor,
    "and not pg_has_role(session_user, 'aibos_finance_role', 'MEMBER')",
    '',
  ),
  without(
    'any login works without a context',
    actor,
    "(pg_has_role(session_user, 'aibos_migration', 'MEMBER')",
    '(true',
  ),
  without(
    'nobody but who migrates works without a context',
    actor,
    "pg_has_role(session_user, 'aibos_monitor_role', 'MEMBER')",
    'false',
  ),
  without(
    'the readers need not follow the keys',
    'aibos.context_readers()',
    'p.prosrc = f.prosrc',
    'true',
  ),
  without('no signed user is a user', 'aibos._signed_user_id()', 'signed_user is null', 'false'),
  without(
    'a retired key keeps its secret',
    'aibos.retire_context_key(text)',
    ', inner_pad = null, outer_pad = null',
    '',
  ),
  without(
    'the only live key can be retired',
    'aibos.retire_context_key(text)',
    'if not exists (select from aibos.context_keys k where k.key_id <> p_key_id',
    'if false and not exists (select from aibos.context_keys k where k.key_id <> p_key_id',
  ),
  without(
    'an unknown key can be retired',
    'aibos.retire_context_key(text)',
    'if not exists (select from aibos.context_keys k where k.key_id = p_key_id',
    'if false and not exists (select from aibos.context_keys k where k.key_id = p_key_id',
  ),
  without('three keys are live', install, '>= 2', '>= 3'),
  without('a short secret is a secret', install, 'length(p_secret) < 32', 'length(p_secret) < 31'),
  without(
    'a name is used again',
    install,
    'when exists (select from aibos.context_keys k where k.key_id = p_key_id)',
    'when false',
  ),
  without(
    'a secret is used again',
    install,
    'when exists (select from aibos.context_keys k where k.inner_pad',
    'when false and exists (select from aibos.context_keys k where k.inner_pad',
  ),
  without('a key changes nothing', install, 'call aibos._change_context_readers()', 'null'),
  without(
    'the signed readers are not put in force',
    'aibos._put_context_in_force()',
    `'_signed_'`,
    `'_unsigned_'`,
  ),
  without(
    'the record of the installation does not follow',
    'aibos._change_context_readers()',
    'f.routine = g.routine',
    'false',
  ),
  without(
    'the capability does not follow',
    'aibos._change_context_readers()',
    'call aibos._record_signed_context()',
    'null',
  ),
  without(
    'signing does not end',
    'aibos.end_signed_context()',
    'call aibos._change_context_readers()',
    'null',
  ),
  without(
    'the hash pads with another byte',
    'aibos.hmac_sha256(bytea,bytea)',
    '(p_key, 92)',
    '(p_key, 93)',
  ),
  without(
    'long keys are cut, not hashed',
    'aibos._hmac_pad(bytea,integer)',
    'then sha256(p_key)',
    'then substr(p_key, 1, 64)',
  ),
  mutant(
    'everyone may install a key',
    'grant execute on procedure aibos.install_context_key(text, bytea, integer, integer) to aibos_admin; grant insert, select on aibos.context_keys to aibos_admin',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'a login may end signing',
    'grant execute on procedure aibos.end_signed_context() to aibos_migration',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the keys have no row security',
    'alter table aibos.context_keys disable row level security',
    proof,
  ),
  mutant('everyone sees the keys', 'alter policy keeper on aibos.context_keys to public', proof),
];
