import format from 'pg-format';
import { contextOf } from './canary.ts';
import { enterTenant } from './context.ts';
import {
  alternate,
  borrow,
  broken,
  held,
  look,
  named,
  type PoolCase,
  refuses,
  seesNothing,
} from './pool.ts';

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
        await enterTenant(client, contextOf(drive.scene.other), drive.signer);
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
        await enterTenant(client, contextOf(drive.scene.other), drive.signer);
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
    ...{ id: 'G13', group: 'G', title: 'Have a notice of the server come back with a result' },
    should: 'the driver drops notices',
    ...{ clients: 1, steps: ["db.query(own, select to_tsquery('english', 'the'))"] },
    drive: async ({ db, pool, scene }) => {
      const notices: string[] = [];
      pool.on('connect', (client) => {
        client.on('notice', ({ message = '' }) => notices.push(message));
      });
      const result = await db.query(
        contextOf(scene.own),
        "select to_tsquery('english', 'the')::text",
      );
      const [notice] = notices;
      if (notice === undefined) {
        return { verdict: 'COULD NOT TRY', happened: 'the server raised no notice' };
      }
      const told = `the notice: ${notice}`;
      return JSON.stringify(result).includes(notice) ? broken(told) : held(`not told ${told}`);
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
