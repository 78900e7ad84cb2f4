import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CommitOutcomeUnknownError, TenantDb } from '../../driver/index.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { paper } from './support/paper.ts';
import { refusal } from './support/refusal.ts';
import { type Line, openLine } from './support/wire.ts';

let fabric: Fabric;
let direct: TenantDb;
let line: Line;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  direct = new TenantDb(fabric.pool('finance'));
});

beforeEach(async () => {
  line = await openLine(fabric.database.login('finance'));
  db = new TenantDb(openPool({ ...line.config, max: 1 }));
  await db.query(fabric.acme.context, 'select 1');
  line.readTrips();
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

describe('round trips', () => {
  test('one statement costs one', async () => {
    const { acme } = fabric;
    await db.select(acme.context, 'accounts', ['id', 'code'], { code: '1000' });
    expect(line.readTrips()).toBe(1);
    await db.query(acme.context, 'select count(*) from finance.accounts where code <> $1', ['x']);
    expect(line.readTrips()).toBe(1);
    await db.insert(acme.context, 'document_metadata', paper(acme.companyId, 'one trip'), {
      returning: ['id'],
    });
    expect(line.readTrips()).toBe(1);
    await db.update(acme.context, 'document_metadata', { media_type: 'x' }, { title: 'one trip' });
    expect(line.readTrips()).toBe(1);
    await db.delete(acme.context, 'document_metadata', { title: 'one trip' });
    expect(line.readTrips()).toBe(1);
    await db
      .insert(acme.context, 'companies', { code: 'main', name: 'x', functional_currency: 'USD' })
      .catch(() => undefined);
    expect(line.readTrips()).toBe(1);
  });

  test('a transaction costs one for each statement and one for COMMIT: BEGIN and the context travel with the first', async () => {
    const { acme } = fabric;
    await db.transaction(acme.context, (tx) => tx.select('accounts', ['id']));
    expect(line.readTrips()).toBe(2);
    await db.transaction(acme.context, async (tx) => {
      await tx.select('accounts', ['id']);
      await tx.select('companies', ['id']);
      await tx.select('fiscal_periods', ['id']);
    });
    expect(line.readTrips()).toBe(4);
    await db.transaction(acme.context, async () => undefined);
    expect(line.readTrips()).toBe(0);
  });

  test('are counted: the same by four plain queries costs four', async () => {
    const pool = openPool({ ...line.config, max: 1 });
    const client = await pool.connect();
    line.readTrips();
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', $1, true)", [
      fabric.acme.context.tenantId,
    ]);
    await client.query('select id from finance.accounts');
    await client.query('commit');
    client.release();
    expect(line.readTrips()).toBe(4);
  });

  test('a large statement and a large answer still cost one', async () => {
    const text = 'é'.repeat(300_000);
    const { rows } = await db.query<{ value: string }>(fabric.acme.context, 'select $1 as value', [
      text,
    ]);
    expect(rows[0]?.value).toBe(text);
    const series = await db.query(fabric.acme.context, 'select g from generate_series(1, 20000) g');
    expect(series.rowCount).toBe(20_000);
  });
});

describe('when the connection is lost', () => {
  test.each([
    ['before', false],
    ['after', true],
  ] as const)(
    '%s COMMIT reached the server, the outcome is unknown (IB919)',
    async (when, isKept) => {
      const description = `commit ${when}`;
      const error = await refusal(() =>
        db.transaction(fabric.acme.context, async (tx) => {
          await tx.insert('journal_drafts', draft(description));
          line.cutAt('commit', when);
        }),
      );
      expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
      expect(error).toMatchObject({ code: 'IB919', retryable: false });
      expect(error.cause).toBeInstanceOf(Error);
      await expect.poll(() => exists(description)).toBe(isKept);
    },
  );

  test.each([
    ['before', false],
    ['after', true],
  ] as const)(
    '%s a writing statement reached the server, the outcome is unknown (IB919)',
    async (when, isKept) => {
      const description = `single ${when}`;
      line.cutAt('insert into', when);
      const error = await refusal(() =>
        db.insert(fabric.acme.context, 'journal_drafts', draft(description)),
      );
      expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
      await expect.poll(() => exists(description)).toBe(isKept);
    },
  );

  test.each(['before', 'after'] as const)(
    '%s a read, it may simply be tried again (IB922)',
    async (when) => {
      line.cutAt('select "id"', when);
      const error = await refusal(() => db.select(fabric.acme.context, 'accounts', ['id']));
      expect(error).toMatchObject({ code: 'IB922', retryable: true });
    },
  );

  test.each(['before', 'after'] as const)(
    '%s a statement inside a transaction, nothing was committed (IB922)',
    async (when) => {
      const description = `inside ${when}`;
      let next: unknown;
      const error = await refusal(() =>
        db.transaction(fabric.acme.context, async (tx) => {
          await tx.insert('journal_drafts', draft(description));
          line.cutAt('update', when);
          try {
            await tx.update('journal_drafts', { reference: 'x' }, { description });
          } finally {
            next = await tx.query('select 1').catch((reason: unknown) => reason);
          }
        }),
      );
      expect(error).toMatchObject({ code: 'IB922', retryable: true });
      expect(next).toMatchObject({ code: 'IB922' });
      expect(await exists(description)).toBe(false);
    },
  );

  test('at BEGIN, nothing was committed (IB922)', async () => {
    line.cutAt('begin', 'after');
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, (tx) => tx.insert('journal_drafts', draft('at begin'))),
    );
    expect(error).toMatchObject({ code: 'IB922', retryable: true });
    expect(await exists('at begin')).toBe(false);
  });

  test('and hidden by the callback, the transaction still fails', async () => {
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await tx.insert('journal_drafts', draft('hidden loss'));
        line.cutAt('select 1', 'before');
        await tx.query('select 1').catch(() => undefined);
        return 'looks fine';
      }),
    );
    expect(error.code).toBe('IB918');
    expect(await exists('hidden loss')).toBe(false);
  });

  test('the next call gets a new one', async () => {
    line.cutAt('select 2', 'before');
    await refusal(() => db.query(fabric.acme.context, 'select 2'));
    expect(await db.query(fabric.acme.context, 'select 3 as three')).toMatchObject({
      rows: [{ three: 3 }],
    });
  });
});
