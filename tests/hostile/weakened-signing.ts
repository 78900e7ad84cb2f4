import { rewritten } from '../mutation/mutant.ts';
import type { Weakening } from './weakened.ts';

const tenant = 'aibos._signed_tenant_id()';
const actor = 'aibos._signed_actor()';
const verdict = '= substr(token, 98)';

/** A reader of signed contexts with parts of its text changed, put in force; then the cases that must turn BROKEN. */
function reader(
  name: string,
  signature: string,
  changes: Readonly<Record<string, string>>,
  ...cases: readonly string[]
): Weakening {
  const rewrites = Object.entries(changes).map(([part, other]) =>
    rewritten(signature, part, other),
  );
  return { name, cases, sql: [...rewrites, 'call aibos._put_context_in_force()'].join(';\n') };
}

/** The proof of a token as SQL, over a head and an audience of one's choice. */
function proofOf(head: string, database: string, login: string): string {
  return `encode(sha256(outer_block || sha256(inner_block || convert_to(
    ${head} || length(${database}) || ':' || ${database} || ${login}, 'UTF8'))), 'hex') ${verdict}`;
}

const head = 'left(token, 96)';
const here = 'current_database()';

/** What weakens a database whose contexts are signed; `:user` is the own user, `:key` and `:secret` are the retired key. */
export const signedWeakenings: readonly Weakening[] = [
  reader(
    'any token counts',
    tenant,
    { [verdict]: 'is not null' },
    ...['B4', 'B5', 'B10.login', 'B10.database', 'M14'],
  ),
  reader('a signature may be cut', tenant, { [verdict]: "like substr(token, 98) || '%'" }, 'B5'),
  reader(
    'the tenant of a token is not signed',
    tenant,
    {
      [verdict]: `${verdict} or ${proofOf(`overlay(${head} placing ':own' from 13)`, here, 'session_user')}`,
    },
    'B4',
  ),
  reader(
    'the user of a token is not signed',
    tenant,
    {
      [verdict]: `${verdict} or ${proofOf(`overlay(${head} placing ':user' from 50)`, here, 'session_user')}`,
    },
    'M14',
  ),
  reader(
    'a token holds for every login',
    tenant,
    {
      [verdict]: `${verdict} or exists (select from pg_roles r where ${proofOf(head, here, 'r.rolname')})`,
    },
    'B10.login',
  ),
  reader(
    'a token holds for every database',
    tenant,
    {
      [verdict]: `${verdict} or exists (select from pg_database d where ${proofOf(head, 'd.datname', 'session_user')})`,
    },
    'B10.database',
  ),
  reader('a token never expires', tenant, { 'remaining >= -skew and': '' }, 'B7'),
  reader('a token may be of any future', tenant, { 'remaining <= lifetime + skew': 'true' }, 'B7'),
  {
    name: 'a retired key keeps its secret',
    sql: `alter table aibos.context_keys drop constraint if exists context_keys_retired_ck, drop constraint if exists context_keys_pads_ck;
      update aibos.context_keys set inner_pad = aibos._hmac_pad('\\x:secret', 54), outer_pad = aibos._hmac_pad('\\x:secret', 92)
      where key_id = ':key'`,
    cases: ['B8'],
  },
  reader(
    'the setting counts, not the token',
    tenant,
    {
      "tenant = current_setting('app.tenant_id', true)": 'true',
      'return tenant::uuid': "return current_setting('app.tenant_id', true)::uuid",
    },
    ...['A13', 'B1', 'B2', 'B3', 'B4'],
  ),
  reader(
    'the user named counts, not the one of the token',
    actor,
    {
      'signed_user is distinct from named_user': 'false',
      'return signed_user::uuid': 'return named_user::uuid',
    },
    'N7',
  ),
  {
    name: 'row security of two tables is off',
    sql: `alter table app.invoices disable row level security;
      alter table app.invoice_lines disable row level security`,
    cases: ['B10.replay', 'B14', 'C1', 'C2', 'C10', 'C14', 'C15', 'F16.select'],
  },
];
