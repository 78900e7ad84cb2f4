import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { PreparedNames } from '../../driver/prepared.ts';
import { connect } from '../support/clients.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { type Line, openLine } from './support/wire.ts';

const tables = {
  'public.things': {
    tenantColumn: 'tenant_id',
    columns: {
      tenant_id: { type: 'uuid' },
      n: { type: 'int4' },
      note: { type: 'text', nullable: true },
    },
  },
} as const;

let fabric: Fabric;
let admin: pg.Client;
let line: Line;
let pool: pg.Pool;
let db: TenantDb<typeof tables>;

beforeAll(async () => {
  fabric = await openFabric();
  admin = await connect(fabric.database.admin);
  await admin.query(`create table public.things (tenant_id uuid not null, n int not null, note text);
    grant usage on schema public to public; grant select, insert, update, delete on public.things to public;
    create function public.run(command text) returns int language plpgsql
    as $$ begin execute command; return 1; end $$;
    grant execute on function public.run(text) to public`);
});

beforeEach(async () => {
  line = await openLine(fabric.database.login('finance'));
  pool = openPool({ ...line.config, max: 1 });
  db = new TenantDb(pool, { tables, prepare: true });
  await admin.query('delete from public.things');
  await db.insert(fabric.acme.context, 'things', { n: 1, note: 'x' });
  const opened = pool;
  return () => opened.end();
});

const select = () => db.select(fabric.acme.context, 'things', ['n', 'note'], { n: 1 });
const answer = { rows: [{ n: 1, note: 'x' }], rowCount: 1 };
const prepared = async () => {
  const client = await pool.connect();
  const { rows } = await client.query<{ name: string; statement: string }>(
    'select name, statement from pg_prepared_statements order by prepare_time',
  );
  client.release();
  return rows;
};

describe('with prepare', () => {
  test('statements and the context are parsed once for each connection, and answer as ever', async () => {
    for (let n = 0; n < 4; n++) expect(await select()).toEqual(answer);
    const names = await prepared();
    expect(names.map(({ statement }) => statement.slice(0, 12))).toEqual([
      'select set_c',
      'insert into ',
      'select "n", ',
    ]);
    line.readTrips();
    await select();
    expect(line.readTrips()).toBe(1);
  });

  test('transactions, nested ones and writes use them too', async () => {
    for (let n = 0; n < 2; n++) {
      await db.transaction(fabric.acme.context, async (tx) => {
        await tx.insert('things', { n: 2 });
        await tx
          .transaction(async (inner) => {
            await inner.insert('things', { n: 3 });
            throw new Error('out');
          })
          .catch(() => undefined);
        await tx.update('things', { note: 'y' }, { n: 2 });
      });
    }
    const { rows } = await db.select(
      fabric.acme.context,
      'things',
      ['n', 'note'],
      {},
      { orderBy: ['n'] },
    );
    expect(rows).toEqual([
      { n: 1, note: 'x' },
      { n: 2, note: 'y' },
      { n: 2, note: 'y' },
    ]);
    expect((await prepared()).map(({ statement }) => statement.slice(0, 6)).sort()).toEqual([
      'insert',
      'insert',
      'select',
      'select',
      'update',
    ]);
  });

  test('without it nothing has a name', async () => {
    await new TenantDb(pool).select(fabric.acme.context, 'accounts', ['id']);
    const before = (await prepared()).length;
    await new TenantDb(pool).select(fabric.acme.context, 'accounts', ['id', 'code']);
    expect(await prepared()).toHaveLength(before);
  });

  test.each(['deallocate all', 'discard all'])(
    'names lost by %s are made anew, unseen',
    async (command) => {
      await select();
      await pool.query(command);
      expect(await select()).toEqual(answer);
      await pool.query(command);
      expect(await db.insert(fabric.acme.context, 'things', { n: 5 })).toEqual({
        rows: [],
        rowCount: 1,
      });
      await pool.query(command);
      const inside = await db.transaction(fabric.acme.context, (tx) =>
        tx.select('things', ['n', 'note'], { n: 1 }),
      );
      expect(inside).toEqual(answer);
      const { rows } = await db.select(fabric.acme.context, 'things', ['n'], { n: 5 });
      expect(rows).toHaveLength(1);
    },
  );

  test('a column that changed its type is read anew, unseen', async () => {
    await select();
    await admin.query('alter table public.things alter note type int using 42');
    expect(await select()).toEqual({ rows: [{ n: 1, note: 42 }], rowCount: 1 });
    await admin.query("alter table public.things alter note type text using 'x'");
    expect(await select()).toEqual(answer);
  });

  test('names lost inside a transaction fail it once, and nothing of it was kept (26000)', async () => {
    await select();
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await tx.insert('things', { n: 6 });
        const client = await leased();
        await client.query('deallocate all');
        await tx.select('things', ['n', 'note'], { n: 1 });
      }),
    );
    expect(error.code).toBe('26000');
    expect((await db.select(fabric.acme.context, 'things', ['n'], { n: 6 })).rows).toEqual([]);
    expect(await select()).toEqual(answer);
  });

  test('a failing statement costs no other its name', async () => {
    await select();
    const before = await prepared();
    await db.select(fabric.acme.context, 'things', ['n'], { n: 1, note: 'z' });
    const failing = () =>
      db.insert(fabric.acme.context, 'companies', {
        code: 'main',
        name: 'x',
        functional_currency: 'USD',
      });
    expect((await refusal(failing)).code).toBe('23505');
    expect((await refusal(failing)).code).toBe('23505');
    expect((await prepared()).map(({ name }) => name)).toEqual(
      expect.arrayContaining(before.map(({ name }) => name)),
    );
  });

  test('a connection keeps 100 of them, and the one that it gives up with the next call', async () => {
    for (let length = 1; length <= 130; length++) {
      const and = Array.from({ length }, () => ({ n: 1 }));
      expect((await db.select(fabric.acme.context, 'things', ['n'], { and })).rowCount).toBe(1);
    }
    await select();
    expect(await prepared()).toHaveLength(101);
    expect(await select()).toEqual(answer);
  });

  /** The client that the driver holds, as code that got hold of it would see it. */
  async function leased(): Promise<pg.PoolClient> {
    const clients: unknown = Reflect.get(pool, '_clients');
    return (clients as pg.PoolClient[])[0] as pg.PoolClient;
  }
});

describe('C11: a name of the driver taken over by hostile SQL', () => {
  /** Reads the driver's names in its own session and puts something else under each. */
  const takeOver = `select public.run(format('deallocate %I', name)), public.run(format('prepare %I as select 666 as n, ''evil'' as note', name))
    from pg_prepared_statements where name like 'aibos%'`;

  test.each(['after-query', 'never'] as const)(
    'is never run, sessions cleaned %s',
    async (cleanSession) => {
      db = new TenantDb(pool, { tables, prepare: true, cleanSession });
      await select();
      await select();
      expect((await db.query(fabric.acme.context, takeOver)).rows.length).toBeGreaterThan(0);
      expect(await select()).toEqual(answer);
      await db.transaction(fabric.acme.context, async (tx) => {
        await tx.query(takeOver);
        expect(await tx.select('things', ['n', 'note'], { n: 1 })).toEqual(answer);
      });
      expect(await select()).toEqual(answer);
      expect((await prepared()).length).toBeLessThanOrEqual(3);
    },
  );

  test('cannot be guessed beforehand', () => {
    const [one, two] = [new PreparedNames(), new PreparedNames()];
    const name = one.of('select 1').name;
    expect(name).toMatch(/^aibos_[0-9a-f]{24}_1$/);
    expect(two.of('select 1').name).not.toBe(name);
    one.forget();
    expect(one.of('select 1').name.slice(0, 30)).not.toBe(name.slice(0, 30));
    expect(one.takeClosing()).toEqual([name]);
    expect(one.takeClosing()).toEqual([]);
  });
});
