import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FabricError, TenantDb, type TransactionOptions } from '../../driver/index.ts';
import { connect } from '../support/clients.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { type Line, openLine, type When } from './support/wire.ts';

let fabric: Fabric;
let admin: pg.Client;
let holder: Session;
let direct: TenantDb;
let line: Line;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  admin = await connect(fabric.database.admin);
  ({ holder } = await openSessions(fabric.database, { holder: fabric.database.admin }));
  direct = new TenantDb(fabric.pool('finance'));
  // A commit of such a draft waits until nobody holds the lock 43.
  await admin.query(`create function public.wait_for_43() returns trigger language plpgsql
    as $$ begin perform pg_advisory_xact_lock_shared(43); return null; end $$;
    grant usage on schema public to public;
    grant execute on function public.wait_for_43() to public;
    create constraint trigger waits after insert on finance.journal_drafts
      deferrable initially deferred for each row when (new.description like 'slow%')
      execute function public.wait_for_43()`);
});

beforeEach(async () => {
  line = await openLine(fabric.database.login('finance'));
  pool = openPool({ ...line.config, max: 1 });
  db = new TenantDb(pool);
  const opened = pool;
  return () => opened.end();
});

const draft = (description: string) => ({
  company_id: fabric.acme.companyId,
  entry_date: '2026-05-01',
  description,
});
const exists = async (description: string) => {
  const { rowCount } = await direct.select(fabric.acme.context, 'journal_drafts', ['id'], {
    description,
  });
  return rowCount > 0;
};
const transaction = (
  work: Parameters<typeof db.transaction<unknown>>[1],
  options?: TransactionOptions,
) => db.transaction(fabric.acme.context, work, options);
const RAW = `insert into finance.journal_drafts (tenant_id, company_id, entry_date, description)
  values (aibos.current_tenant_id(), $1, '2026-05-01', $2)`;

interface Step {
  readonly name: string;
  /** The bytes at which the line is cut. */
  readonly text: string;
  /** Writes a draft of this description, and passes through the step. */
  run(description: string): Promise<unknown>;
  /** What the caller is told when the line is cut before and after; null: that it succeeded. */
  readonly told: Readonly<Record<When, string | null>>;
  /** Whether the draft is then there. */
  readonly kept: Readonly<Record<When, boolean>>;
  /** Whether the pool has a connection before. */
  readonly isCold?: boolean;
}

const lost = { before: 'IB922', after: 'IB922' };
const unknown = { before: 'IB919', after: 'IB919' };
const never = { before: false, after: false };
const whenArrived = { before: false, after: true };

const steps: readonly Step[] = [
  {
    name: 'opening the connection',
    text: 'tester_finance',
    isCold: true,
    run: (description) => db.insert(fabric.acme.context, 'journal_drafts', draft(description)),
    told: lost,
    kept: never,
  },
  {
    name: 'a single read',
    text: 'select "id"',
    run: () => db.select(fabric.acme.context, 'journal_drafts', ['id']),
    told: lost,
    kept: never,
  },
  {
    name: 'a single write',
    text: 'insert into',
    run: (description) => db.insert(fabric.acme.context, 'journal_drafts', draft(description)),
    told: unknown,
    kept: whenArrived,
  },
  {
    name: 'a single query with its COMMIT',
    text: 'insert into',
    run: (description) => db.query(fabric.acme.context, RAW, [fabric.acme.companyId, description]),
    told: unknown,
    kept: whenArrived,
  },
  {
    name: 'BEGIN and the first statement',
    text: 'begin',
    run: (description) => transaction((tx) => tx.insert('journal_drafts', draft(description))),
    told: lost,
    kept: never,
  },
  {
    name: 'a later statement',
    text: 'update',
    run: (description) =>
      transaction(async (tx) => {
        await tx.insert('journal_drafts', draft(description));
        await tx.update('journal_drafts', { reference: 'x' }, { description });
      }),
    told: lost,
    kept: never,
  },
  {
    name: 'a savepoint',
    text: 'savepoint aibos_1',
    run: (description) =>
      transaction(async (tx) => {
        await tx.insert('journal_drafts', draft(description));
        await tx.transaction((inner) => inner.query('select 1'));
      }),
    told: lost,
    kept: never,
  },
  {
    name: 'the release of a savepoint',
    text: 'release savepoint aibos_1',
    run: (description) =>
      transaction(async (tx) => {
        await tx.insert('journal_drafts', draft(description));
        await tx.transaction((inner) => inner.query('select 1'));
      }),
    told: lost,
    kept: never,
  },
  {
    name: 'a rollback to a savepoint',
    text: 'rollback to savepoint aibos_1',
    run: (description) =>
      transaction(async (tx) => {
        await tx.insert('journal_drafts', draft(description));
        await tx.transaction((inner) => inner.query('select 1 / 0')).catch(() => undefined);
      }),
    told: { before: 'IB918', after: 'IB918' },
    kept: never,
  },
  {
    name: 'COMMIT',
    text: 'commit',
    run: (description) => transaction((tx) => tx.insert('journal_drafts', draft(description))),
    told: unknown,
    kept: whenArrived,
  },
  {
    name: 'COMMIT and cleaning',
    text: 'commit',
    run: (description) => transaction((tx) => tx.query(RAW, [fabric.acme.companyId, description])),
    told: unknown,
    kept: whenArrived,
  },
  {
    name: 'COMMIT of a handle',
    text: 'commit',
    run: async (description) => {
      await using tx = await db.begin(fabric.acme.context);
      await tx.insert('journal_drafts', draft(description));
      await tx.commit();
    },
    told: unknown,
    kept: whenArrived,
  },
  {
    name: 'ROLLBACK',
    text: 'rollback',
    run: (description) =>
      transaction(async (tx) => {
        await tx.insert('journal_drafts', draft(description));
        throw new FabricError('XX999', 'changed my mind');
      }),
    told: { before: 'XX999', after: 'XX999' },
    kept: never,
  },
  {
    name: 'ROLLBACK of a handle',
    text: 'rollback',
    run: async (description) => {
      await using tx = await db.begin(fabric.acme.context);
      await tx.insert('journal_drafts', draft(description));
    },
    told: { before: null, after: null },
    kept: never,
  },
];

const table = steps.flatMap((step) =>
  (['before', 'after'] as const).map((when) => [when, step.name, step] as const),
);

describe('a connection cut', () => {
  test.each(table)(
    '%s %s: what is told is what happened, and the pool works on',
    async (when, _, step) => {
      const description = `${step.name} ${when}`;
      if (step.isCold !== true) await db.query(fabric.acme.context, 'select 1');
      line.cutAt(step.text, when);
      const outcome = await step.run(description).then(
        () => null,
        (error: unknown) => (error instanceof FabricError ? error.code : error),
      );
      expect(outcome).toBe(step.told[when]);
      expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0]);
      await expect.poll(() => exists(description)).toBe(step.kept[when]);
      expect(await db.query(fabric.acme.context, 'select 1 as one')).toMatchObject({
        rows: [{ one: 1 }],
      });
      expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
    },
  );

  test('between two statements fails the next one, and nothing was committed', async () => {
    const error = await refusal(() =>
      transaction(async (tx) => {
        await tx.insert('journal_drafts', draft('between'));
        line.cutNow();
        await tx.query('select 1');
      }),
    );
    expect(error).toMatchObject({ code: 'IB922', retryable: true });
    expect(await exists('between')).toBe(false);
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
  });

  test('between the last statement and COMMIT is no unknown outcome when nothing was sent (IB918)', async () => {
    const error = await refusal(() =>
      transaction(async (tx) => {
        await tx.insert('journal_drafts', draft('before commit'));
        line.cutNow();
        await tx.query('select 1').catch(() => undefined);
      }),
    );
    expect(error.code).toBe('IB918');
    expect(await exists('before commit')).toBe(false);
  });

  test('while its client was idle in the pool is met by nobody', async () => {
    await db.query(fabric.acme.context, 'select 1');
    line.cutNow();
    await expect.poll(() => pool.totalCount).toBe(0);
    expect(await db.query(fabric.acme.context, 'select 1 as one')).toMatchObject({
      rows: [{ one: 1 }],
    });
  });
});

describe('a connection ended by the server (57P01)', () => {
  const terminate = () =>
    admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'victim'",
    );
  const untilWaiting = () =>
    expect
      .poll(async () => {
        const { rows } = await admin.query(
          "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'victim' and wait_event_type = 'Lock'",
        );
        return rows[0]?.n;
      })
      .toBe(1);

  beforeEach(() => {
    pool = openPool({ ...line.config, max: 1, application_name: 'victim' });
    db = new TenantDb(pool);
    const opened = pool;
    return async () => {
      await opened.end();
      await holder.run('rollback');
      await holder.run('select pg_advisory_unlock_all()');
    };
  });

  test.each([
    [
      'a single write',
      (description: string) => db.insert(fabric.acme.context, 'journal_drafts', draft(description)),
    ],
    [
      'a single query',
      (description: string) =>
        db.query(fabric.acme.context, RAW, [fabric.acme.companyId, description]),
    ],
    [
      'a statement of a transaction',
      (description: string) => transaction((tx) => tx.insert('journal_drafts', draft(description))),
    ],
  ])('while %s waits: nothing was committed', async (kind, run) => {
    await holder.run('begin');
    await holder.run('lock table finance.journal_drafts in access exclusive mode');
    const outcome = refusal(() => run(`ended ${kind}`));
    await untilWaiting();
    await terminate();
    expect((await outcome).code).toBe('57P01');
    await holder.run('rollback');
    expect(await exists(`ended ${kind}`)).toBe(false);
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
  });

  test('while COMMIT waits: its outcome is unknown to the client (IB919), and nothing was committed', async () => {
    await holder.run('select pg_advisory_lock(43)');
    const outcome = refusal(() => transaction((tx) => tx.insert('journal_drafts', draft('slow'))));
    await untilWaiting();
    await terminate();
    expect((await outcome).code).toBe('IB919');
    await holder.run('select pg_advisory_unlock_all()');
    expect(await exists('slow')).toBe(false);
  });

  test('while idle in the pool is met by nobody', async () => {
    await db.query(fabric.acme.context, 'select 1');
    await terminate();
    await expect.poll(() => pool.totalCount).toBe(0);
    await db.query(fabric.acme.context, 'select 1');
  });
});

describe('a pool that was ended', () => {
  test('lets what runs finish, and refuses what comes (IB922)', async () => {
    let ended: Promise<void> | undefined;
    const own = openPool({ ...line.config, max: 1 });
    const ending = new TenantDb(own);
    await ending.transaction(fabric.acme.context, async (tx) => {
      await tx.insert('journal_drafts', draft('at the end'));
      ended = own.end();
      expect((await refusal(() => ending.query(fabric.acme.context, 'select 1'))).code).toBe(
        'IB922',
      );
    });
    await ended;
    expect(await exists('at the end')).toBe(true);
    expect(own.totalCount).toBe(0);
  });
});

describe('retries', () => {
  test.each(['before', 'after'] as const)(
    'open the connection again that was cut %s it stood, and run the callback once',
    async (when) => {
      line.cutAt('tester_finance', when);
      let attempts = 0;
      await transaction(
        async (tx) => {
          attempts += 1;
          await tx.insert('journal_drafts', draft(`connected ${when}`));
        },
        { retries: 1 },
      );
      expect(attempts).toBe(1);
      expect(await exists(`connected ${when}`)).toBe(true);
    },
  );

  test('of a connection that the server refuses for good are not made', async () => {
    let asked = 0;
    const wrong = openPool({
      ...line.config,
      max: 1,
      password: () => {
        asked += 1;
        return 'wrong';
      },
    });
    const error = await refusal(() =>
      new TenantDb(wrong).transaction(fabric.acme.context, async () => 1, { retries: 3 }),
    );
    expect(error.code).toBe('28P01');
    expect(asked).toBe(1);
  });

  test.each([
    ['commit', 'IB919'],
    ['update', 'IB922'],
  ])('are not made after a connection was lost at %s (%s)', async (text, code) => {
    let attempts = 0;
    const error = await refusal(() =>
      transaction(
        async (tx) => {
          attempts += 1;
          await tx.insert('journal_drafts', draft(`once at ${text}`));
          line.cutAt(text, 'after');
          if (text === 'update')
            await tx.update('journal_drafts', { reference: 'x' }, { description: 'x' });
        },
        { retries: 3 },
      ),
    );
    expect(error.code).toBe(code);
    expect(attempts).toBe(1);
  });
});
