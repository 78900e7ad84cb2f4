import type pg from 'pg';
import format from 'pg-format';
import { FabricError } from '../errors.ts';
import type { TenantDb } from '../tenant-db.ts';
import { type Canary, contextOf } from './canary.ts';
import { window } from './cases/single.ts';
import type { CaseName, Outcome, Untried } from './model.ts';
import { isBase, type Scene } from './scene.ts';
import type { ContextSigner } from './signer.ts';

/** A pool of the login under test and the driver on it. */
export interface Drive {
  readonly scene: Scene;
  readonly pool: pg.Pool;
  readonly db: TenantDb;
  readonly signer: ContextSigner | undefined;
  /** A statement that counts rows of tenants other than the own, in a table where both have some. */
  readonly countForeign: string;
}

/** A case that takes clients of a pool, as services do. */
export interface PoolCase extends CaseName {
  /** How many clients the pool may have. */
  readonly clients: number;
  /** What is done, for people. */
  readonly steps: readonly string[];
  drive(drive: Drive): Promise<Outcome>;
}

/** Held, and what happened. */
export const held = (happened: string): Outcome => ({ verdict: 'HELD', happened });
/** Broken, and what happened. */
export const broken = (happened: string): Outcome => ({ verdict: 'BROKEN', happened });
/** The name of a case of group C. */
export const named = (id: string, title: string, should: string): CaseName => ({
  ...{ id, group: 'C', title, should },
});

/** The statement of {@link Drive}, or why there is none. */
export function foreignCount(scene: Scene): string | Untried {
  const table = window(scene);
  if (table === undefined) {
    return { verdict: 'COULD NOT TRY', reason: 'no table has rows of both tenants to read' };
  }
  const { tenantColumn, name } = table;
  return format(
    `select count(*) as n from ${name} where %I::text <> %L`,
    tenantColumn,
    scene.own.tenantId,
  );
}

/** Zero rows of others, or a refusal with the code of a missing tenant, is what counts as held. */
export async function seesNothing(
  look: () => Promise<{ rows: { n?: unknown }[] }>,
): Promise<Outcome> {
  try {
    const { rows } = await look();
    const n = Number(rows[0]?.n ?? 0);
    return n === 0 ? held('no row') : broken(`${n} rows of other tenants`);
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const happened = `${String(code)} ${error instanceof Error ? error.message : String(error)}`;
    return code === '42501' || /^IB9/.test(String(code))
      ? held(happened)
      : { verdict: 'COULD NOT TRY', happened };
  }
}

/** Whether the driver refuses a call with a code of its own; errors of others are thrown. */
export async function refuses(code: string, call: () => Promise<unknown>): Promise<Outcome> {
  try {
    await call();
    return broken('it was carried out');
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    const happened = `${error.code} ${error.message}`;
    return error.code === code ? held(happened) : broken(happened);
  }
}

/** Borrows a client, lets the work spoil it, and gives it back as a careless caller would. */
export async function borrow(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<unknown>) {
  const client = await pool.connect();
  try {
    await work(client);
  } finally {
    client.release();
  }
}

/** Counts rows of others through the driver, in a tenant's name. */
export const look = ({ db, scene, countForeign }: Drive, as: Canary = scene.own) =>
  db.query<{ n: string }>(contextOf(as), countForeign);

/** Two tenants read every table at once, over and over, with failures between; each must see nobody else's rows. */
export async function alternate({ db, scene }: Drive): Promise<Outcome> {
  const tables = scene.tables.filter(
    (table) => isBase(table) && table.readable && !table.isPartition,
  );
  let seen = 0;
  const read = async (canary: Canary, table: (typeof tables)[number], round: number) => {
    if (round % 3 === 2) await db.query(contextOf(canary), 'select 1 / 0').catch(() => undefined);
    const { rows } = await db.query<{ tenant: string }>(
      contextOf(canary),
      format(`select distinct %I::text as tenant from ${table.name}`, table.tenantColumn),
    );
    seen += rows.length;
    return rows.filter(({ tenant }) => tenant !== canary.tenantId).map(() => table.name);
  };
  const strays: string[] = [];
  for (let round = 0; round < 4; round++) {
    const reads = tables.flatMap((table) => [
      read(scene.own, table, round),
      read(scene.other, table, round),
    ]);
    for (const result of await Promise.allSettled(reads)) {
      if (result.status === 'rejected')
        return { verdict: 'COULD NOT TRY', happened: String(result.reason) };
      strays.push(...result.value);
    }
  }
  if (strays.length > 0)
    return broken(`rows of another tenant in ${[...new Set(strays)].join(', ')}`);
  return seen > 0
    ? held(`${seen} times rows of one's own, never another's`)
    : { verdict: 'COULD NOT TRY', happened: 'no table showed a row' };
}
