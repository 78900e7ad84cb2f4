import type pg from 'pg';
import format from 'pg-format';
import { FabricError } from '../errors.ts';
import type { TenantDb } from '../tenant-db.ts';
import { type Canary, contextOf } from './canary.ts';
import { window } from './cases/single.ts';
import { type ContextSigner, enterTenant } from './context.ts';
import type { CaseName, Outcome, Untried } from './model.ts';
import { isBase, type Scene } from './scene.ts';

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

const held = (happened: string): Outcome => ({ verdict: 'HELD', happened });
const broken = (happened: string): Outcome => ({ verdict: 'BROKEN', happened });
const named = (id: string, title: string, should: string): CaseName => ({
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
async function seesNothing(look: () => Promise<{ rows: { n?: unknown }[] }>): Promise<Outcome> {
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

async function refuses(code: string, call: () => Promise<unknown>): Promise<Outcome> {
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
async function borrow(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<unknown>) {
  const client = await pool.connect();
  try {
    await work(client);
  } finally {
    client.release();
  }
}

const look = ({ db, scene, countForeign }: Drive, as: Canary = scene.own) =>
  db.query<{ n: string }>(contextOf(as), countForeign);

/** Group C: what one borrower of a pooled connection leaves to the next. */
export const poolCases: readonly PoolCase[] = [
  {
    ...named('C1', 'Query without a context on a connection that had one', '42501, or no row'),
    ...{ clients: 1, steps: ['db.query(other, …)', 'pool.query(count rows of other tenants)'] },
    drive: async (drive) => {
      await look(drive, drive.scene.other);
      return seesNothing(() => drive.pool.query(drive.countForeign));
    },
  },
  {
    ...named(
      'C2',
      "Take a connection that another left in the other tenant's transaction",
      'no row',
    ),
    ...{ clients: 1, steps: ['begin; (other tenant); release', 'db.query(own, …)'] },
    drive: async (drive) => {
      await borrow(drive.pool, async (client) => {
        await client.query('begin');
        await enterTenant(client, drive.scene.other, drive.signer);
      });
      return seesNothing(() => look(drive));
    },
  },
  {
    ...named('C3', 'Work for another tenant inside a transaction', 'IB920'),
    ...{ clients: 2, steps: ['db.transaction(own, () => db.query(other, …))'] },
    drive: (drive) =>
      refuses('IB920', () =>
        drive.db.transaction(contextOf(drive.scene.own), () => look(drive, drive.scene.other)),
      ),
  },
  {
    ...named('C5', 'Use a transaction after its end', 'IB917'),
    ...{ clients: 1, steps: ['const tx = await db.transaction(own, (tx) => tx)', 'tx.query(…)'] },
    drive: async ({ db, scene, countForeign }) => {
      const kept = await db.transaction(contextOf(scene.own), async (tx) => ({ tx }));
      return refuses('IB917', () => kept.tx.query(countForeign));
    },
  },
  {
    ...named('C7', 'Take a rolled back transaction for a committed one', 'IB918'),
    ...{ clients: 1, steps: ['db.transaction(own, (tx) => tx.query(select 1 / 0).catch(…))'] },
    drive: ({ db, scene }) =>
      refuses('IB918', () =>
        db.transaction(contextOf(scene.own), (tx) =>
          tx.query('select 1 / 0').catch(() => undefined),
        ),
      ),
  },
  {
    ...named('C8', "Fetch from a cursor WITH HOLD of the other tenant's transaction", 'IB916'),
    ...{ clients: 1, steps: ['declare … with hold; commit; release', 'db.query(own, fetch …)'] },
    drive: async (drive) => {
      await borrow(drive.pool, async (client) => {
        await client.query('begin');
        await enterTenant(client, drive.scene.other, drive.signer);
        await client.query(`declare hostile_held cursor with hold for ${drive.countForeign}`);
        await client.query('commit');
      });
      return refuses('IB916', () =>
        drive.db.query(contextOf(drive.scene.own), 'fetch all from hostile_held'),
      );
    },
  },
  {
    ...named('C10', 'Set the other tenant for the session and leave it to the next', 'no row'),
    ...{ clients: 1, steps: ['set app.tenant_id = other; release', 'db.query(own, …)'] },
    drive: async (drive) => {
      await borrow(drive.pool, (client) =>
        client.query(format('set app.tenant_id = %L', drive.scene.other.tenantId)),
      );
      return seesNothing(() => look(drive));
    },
  },
  {
    ...named('C10.driver', 'Set the session through the driver', 'IB916'),
    ...{ clients: 1, steps: ["db.query(own, select set_config('app.tenant_id', …, false))"] },
    drive: ({ db, scene }) =>
      refuses('IB916', () =>
        db.query(contextOf(scene.own), "select set_config('app.tenant_id', $1, false)", [
          scene.other.tenantId,
        ]),
      ),
  },
  {
    ...named('C14', 'Set the context in one transaction and read in the next', '42501, or no row'),
    ...{
      clients: 1,
      steps: ["select set_config('app.tenant_id', other, true)", 'select count(*) …'],
    },
    drive: async (drive) => {
      let outcome = held('no row');
      await borrow(drive.pool, async (client) => {
        await client.query("select set_config('app.tenant_id', $1, true)", [
          drive.scene.other.tenantId,
        ]);
        outcome = await seesNothing(() => client.query(drive.countForeign));
      });
      return outcome;
    },
  },
  {
    ...named(
      'C15',
      'Let two tenants take turns on two connections',
      'each sees its own rows alone',
    ),
    ...{ clients: 2, steps: ['db.query(own | other, rows of every table), all at once'] },
    drive: alternate,
  },
];

/** Two tenants read every table at once, over and over, with failures between; each must see nobody else's rows. */
async function alternate({ db, scene }: Drive): Promise<Outcome> {
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
