import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import format from 'pg-format';
import { afterAll } from 'vitest';
import { type Planting, plant } from '../../driver/hostile/planting.ts';
import { type HostileKeys, signerOf } from '../../driver/hostile/signer.ts';
import {
  generateContextKey,
  installContextKey,
  type NewContextKey,
  retireContextKey,
} from '../../driver/install/context-keys.ts';
import type { Major } from '../../driver/server/index.ts';
import { copyDatabase, copyGrants } from '../support/copies.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { adminConfig } from '../support/logins.ts';
import { withClient } from '../support/run.ts';

/** A user's own schema beside the fabric, isolated as the guide says. */
const ownTables = `
create schema app;
create table app.invoices (
  tenant_id uuid not null, id uuid not null, no text not null, serial_no bigint generated always as identity,
  amount_cents bigint not null, note text, primary key (tenant_id, id), unique (tenant_id, no));
create table app.invoice_lines (
  tenant_id uuid not null, id uuid not null, invoice_id uuid not null, memo text, primary key (tenant_id, id),
  constraint invoice_lines_invoice_id_fk foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id));
call aibos.isolate_tenant('app.invoices');
call aibos.isolate_tenant('app.invoice_lines');
create view app.v_invoices with (security_invoker = true) as select * from app.invoices;
grant usage on schema app to aibos_finance_role, aibos_admin;
grant select, insert, update, delete on app.invoice_lines to aibos_finance_role;
grant select, update, delete, insert (tenant_id, id, no, amount_cents, note) on app.invoices to aibos_finance_role;
grant select on app.v_invoices to aibos_finance_role;
`;

/** Keys as the suite takes them, which the tests make themselves. */
export interface Keys extends HostileKeys {
  readonly contextKey?: NewContextKey;
  readonly retiredKey?: NewContextKey;
}

/** A database with two planted tenants that copies are made of, and a login of its own to attack with. */
export interface Field {
  readonly source: TestDatabase;
  readonly planting: Planting;
  readonly login: string;
  /** The keys of the database; none where contexts are not signed. */
  readonly keys: Keys;
  /** The login under test, in a database. */
  attacker(database: string): pg.ClientConfig;
  /** Runs `work` on a copy that is dropped afterwards. */
  onCopy<T>(work: (database: string) => Promise<T>): Promise<T>;
}

const logins = new Map<string, TestDatabase>();

afterAll(async () => {
  for (const [login, { admin }] of logins) {
    await withClient({ ...admin, database: 'postgres' }, (client) =>
      client.query(format('drop role %I', login)),
    );
  }
});

/** What a superuser would have closed while installing. */
const closeLargeObjects = `do $$ declare f regprocedure; begin
  for f in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^lo_|^lo(creat|open|read|write)'
  loop execute format('revoke execute on function %s from public', f); end loop; end $$`;

/** Makes one key live and another one that was. */
async function installKeys(admin: pg.Client): Promise<Keys> {
  const [retiredKey, contextKey] = [generateContextKey(), generateContextKey()];
  const limits = { clockSkewSeconds: 5, maxLifetimeSeconds: 300 };
  await installContextKey(admin, retiredKey, limits);
  await installContextKey(admin, contextKey, limits);
  await retireContextKey(admin, retiredKey.id);
  return { contextKey, retiredKey };
}

/**
 * Plants a database of a major: the fabric, tables of the user's own, and canaries in all of them. A signed one is run as one should:
 * with a context key, and with the large objects closed.
 */
export async function openField(
  major: Major,
  { signed = false }: { readonly signed?: boolean } = {},
): Promise<Field> {
  const source = await openDatabase({ major });
  const { server } = source;
  const login = `hostile_${randomBytes(5).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const { planting, keys } = await withClient(source.admin, async (admin) => {
    await admin.query(ownTables);
    if (signed) await admin.query(closeLargeObjects);
    const keys: Keys = signed ? await installKeys(admin) : {};
    await admin.query(format('create role %I login password %L', login, password));
    logins.set(login, source);
    await admin.query(format('grant aibos_finance_role to %I', login));
    return { planting: await plant(admin, { everywhere: true, signer: signerOf(keys) }), keys };
  });
  return {
    ...{ source, planting, login, keys },
    attacker: (database) => ({ ...adminConfig(server, database), user: login, password }),
    onCopy: async (work) => {
      const copy = `hostile_${randomBytes(6).toString('hex')}`;
      await withClient(adminConfig(server, 'postgres'), async (admin) => {
        await copyDatabase(admin, source.name, copy);
        await copyGrants(admin, source.name, copy);
      });
      try {
        return await work(copy);
      } finally {
        await withClient(adminConfig(server, 'postgres'), (admin) =>
          admin.query(format('drop database %I with (force)', copy)),
        );
      }
    },
  };
}
