import { beforeAll, describe, expect, test } from 'vitest';
import { type ClientPool, CommitOutcomeUnknownError, TenantDb } from '../../driver/index.ts';
import { openPool } from './support/fabric.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';
import { openLine } from './support/wire.ts';

let notes: Notes;

beforeAll(async () => {
  notes = await openNotes();
});

const open = (pool: ClientPool) => new TenantDb(pool, { tables: NOTES });
const login = () => notes.fabric.database.login('finance');
const kinds = [
  ['of pg as it comes', 100, () => openPool({ ...login(), max: 2 })],
  ['that pipelines', 200, () => openPool({ ...login(), max: 2, pipeline: true })],
] as const;

describe.each(kinds)('a batch by a client %s', (_, first, pool) => {
  const exists = async (id: number) =>
    (await notes.db.select(notes.fabric.acme.context, 'notes', ['id'], { id })).rowCount === 1;

  test('answers each statement in its place, one seeing what those before did', async () => {
    const { context } = notes.fabric.acme;
    const answers = await open(pool()).batch(context, (b) => [
      b.insert('notes', [note(first), { ...note(first + 1), title: 'x' }], { returning: ['id'] }),
      b.upsert('notes', { ...note(first), rank: 7 }, { onConflict: ['code'] }),
      b.update('notes', { title: 'y' }, { id: first + 1 }),
      b.select('notes', ['id', 'title', 'rank'], { id: { gte: first } }, { orderBy: ['id'] }),
      b.select('notes', ['id'], { id: { gte: first } }, { limit: 1, after: null }),
      b.aggregate('notes', { count: true, sum: ['rank'] }, { id: { gte: first } }),
      b.query<{ total: string }>('select $1::int8 as total', [1n]),
      b.delete('notes', { id: { gte: first } }, { returning: ['id'] }),
      b.select('notes', ['id'], { id: { gte: first } }),
    ]);
    expect(answers).toEqual([
      { rows: [{ id: first }, { id: first + 1 }], rowCount: 2 },
      { rows: [], rowCount: 1 },
      { rows: [], rowCount: 1 },
      {
        rows: [
          { id: first, title: '', rank: 7 },
          { id: first + 1, title: 'y', rank: null },
        ],
        rowCount: 2,
      },
      { rows: [{ id: first }], rowCount: 1, next: expect.any(String) },
      { rows: [{ count: '2', sum: { rank: '7' } }], rowCount: 1 },
      { rows: [{ total: '1' }], rowCount: 1 },
      { rows: expect.arrayContaining([{ id: first }]), rowCount: 2 },
      { rows: [], rowCount: 0 },
    ]);
  });

  test('keeps all or nothing, whichever of its statements is refused', async () => {
    const db = open(pool());
    const { context } = notes.fabric.acme;
    const good = (id: number) => (b: Parameters<Parameters<typeof db.batch>[1]>[0]) =>
      b.insert('notes', note(id));
    for (const bad of [0, 1, 2]) {
      const error = await refusal(() =>
        db.batch(context, (b) =>
          [10, 11, 12].map((offset, place) =>
            place === bad ? b.query('select 1 / 0') : good(first + offset)(b),
          ),
        ),
      );
      expect(error.code).toBe('22012');
      for (const offset of [10, 11, 12]) expect(await exists(first + offset)).toBe(false);
    }
    await db.batch(context, (b) => [good(first + 10)(b), good(first + 11)(b)]);
    expect(await exists(first + 11)).toBe(true);
  });

  test('inside a transaction is part of it', async () => {
    const db = open(pool());
    const { context } = notes.fabric.acme;
    const reason = new Error('out');
    const outcome = db.transaction(context, async (tx) => {
      const [made, counted] = await tx.batch((b) => [
        b.insert('notes', note(first + 20), { returning: ['code'] }),
        b.aggregate('notes', { count: true }, { id: first + 20 }),
      ]);
      expect(made.rows).toEqual([{ code: `n${first + 20}` }]);
      expect(counted.rows[0].count).toBe('1');
      throw reason;
    });
    await expect(outcome).rejects.toBe(reason);
    expect(await exists(first + 20)).toBe(false);
  });

  test('of one tenant reads and writes nothing of another', async () => {
    const { acme, globex } = notes.fabric;
    const db = open(pool());
    await db.insert(globex.context, 'notes', note(first + 30));
    const [read, changed] = await db.batch(acme.context, (b) => [
      b.select('notes', ['id'], { id: first + 30 }),
      b.update('notes', { title: 'taken' }, { id: first + 30 }),
    ]);
    expect([read.rowCount, changed.rowCount]).toEqual([0, 0]);
  });
});

describe('a batch', () => {
  const asked = new UntouchedPool();
  const unsent = open(asked);

  test('of nothing answers nothing and sends nothing', async () => {
    expect(await unsent.batch(someone, () => [])).toEqual([]);
    expect(asked.asked).toBe(0);
    await notes.db.transaction(notes.fabric.acme.context, async (tx) => {
      expect(await tx.batch(() => [])).toEqual([]);
    });
  });

  test('is refused as a whole before it touches the pool when one statement is', async () => {
    const of = (build: (b: never) => unknown) => () => unsent.batch(someone, forced(build));
    type B = Parameters<Parameters<typeof unsent.batch>[1]>[0];
    for (const [call, code] of [
      [of((b: B) => [b.select('notes', ['id']), b.select('notes', [forced('x')])]), 'IB912'],
      [of((b: B) => [b.delete('notes', {})]), 'IB915'],
      [of((b: B) => [b.insert('notes', forced({ tenant_id: 'x' }))]), 'IB913'],
      [of((b: B) => [b.query('commit')]), 'IB916'],
      [of((b: B) => b.select('notes', ['id'])), 'IB923'],
      [of((b: B) => [b.select('notes', ['id']), undefined]), 'IB923'],
      [of(() => new Array(1)), 'IB923'],
      [of(() => [{ statement: { text: 'drop table x', values: [] } }]), 'IB923'],
      [of(async (b: B) => [b.select('notes', ['id'])]), 'IB923'],
      [() => unsent.batch(forced({}), () => []), '42501'],
    ] as const) {
      expect((await refusal(call)).code).toBe(code);
    }
    expect(asked.asked).toBe(0);
  });

  test('takes no statement that was made for another batch, of another tenant say (IB923)', async () => {
    const kept: unknown[] = [];
    const { acme, globex } = notes.fabric;
    await notes.db.batch(acme.context, (b) => {
      kept.push(b.select('notes', ['id']));
      return [];
    });
    const error = await refusal(() => notes.db.batch(globex.context, () => forced(kept)));
    expect(error.code).toBe('IB923');
    await notes.db.transaction(acme.context, async (tx) => {
      expect((await refusal(() => tx.batch(() => forced(kept)))).code).toBe('IB923');
      await tx.transaction(async (inner) => {
        const outer: unknown[] = [];
        await inner.batch((b) => {
          outer.push(b.query('select 1'));
          return [];
        });
        expect((await refusal(() => inner.batch(() => forced(kept)))).code).toBe('IB923');
        expect(await inner.batch(() => forced(outer))).toHaveLength(1);
      });
    });
  });

  test('is refused inside the callback of another tenant (IB920)', async () => {
    const { acme, globex } = notes.fabric;
    await notes.db.transaction(acme.context, async (tx) => {
      await tx.query('select 1');
      const error = await refusal(() =>
        notes.db.batch(globex.context, (b) => [b.query('select 1')]),
      );
      expect(error.code).toBe('IB920');
    });
  });

  test('whose deferred guard refuses at the end keeps nothing (IB202)', async () => {
    const { acme } = notes.fabric;
    const entry = {
      company_id: acme.companyId,
      entry_date: '2026-05-01',
      description: 'no lines',
    };
    const error = await refusal(() =>
      notes.db.batch(acme.context, (b) => [
        b.insert('notes', note(400)),
        b.insert('journal_entries', entry),
      ]),
    );
    expect(error.code).toBe('IB202');
    const { rows } = await notes.db.select(acme.context, 'notes', ['id'], { id: 400 });
    expect(rows).toEqual([]);
  });

  test('that writes has an unknown outcome when the connection is lost, one that reads has not (IB919, IB922)', async () => {
    const line = await openLine(login());
    const db = open(openPool({ ...line.config, max: 1 }));
    const { context } = notes.fabric.acme;
    line.cutAt('insert into', 'after');
    const error = await refusal(() =>
      db.batch(context, (b) => [b.select('notes', ['id']), b.insert('notes', note(401))]),
    );
    expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
    line.cutAt('select "id"', 'after');
    const read = await refusal(() => db.batch(context, (b) => [b.select('notes', ['id'])]));
    expect(read).toMatchObject({ code: 'IB922', retryable: true });
  });
});

test('an upsert, an aggregate, a page and a batch cost one round trip each', async () => {
  const line = await openLine(login());
  const db = open(openPool({ ...line.config, max: 1 }));
  const { context } = notes.fabric.acme;
  await db.query(context, 'select 1');
  line.readTrips();
  await db.upsert(context, 'notes', { ...note(500), title: 'x' }, { onConflict: ['code'] });
  expect(line.readTrips()).toBe(1);
  await db.aggregate(context, 'notes', { count: true }, {}, { groupBy: ['title'] });
  expect(line.readTrips()).toBe(1);
  const { next } = await db.select(context, 'accounts', ['code'], {}, { limit: 1, after: null });
  expect(line.readTrips()).toBe(1);
  await db.select(context, 'accounts', ['code'], {}, { limit: 1, after: next });
  expect(line.readTrips()).toBe(1);
  await db.batch(context, (b) => [
    b.select('notes', ['id']),
    b.update('notes', { title: 'y' }, { id: 500 }),
    b.select('notes', ['id']),
  ]);
  expect(line.readTrips()).toBe(1);
  await db.transaction(context, (tx) =>
    tx.batch((b) => [b.select('notes', ['id']), b.aggregate('notes', { count: true })]),
  );
  // One for BEGIN, context and both statements, one for COMMIT.
  expect(line.readTrips()).toBe(2);
});
