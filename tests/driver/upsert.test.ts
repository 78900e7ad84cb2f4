import { beforeAll, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { openPool } from './support/fabric.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

let notes: Notes;
let db: Notes['db'];

beforeAll(async () => {
  notes = await openNotes();
  db = notes.db;
});

const byCode = { onConflict: ['code'] } as const;
const titles = async (tenant: Notes['fabric']['acme'], ...codes: string[]) => {
  const { rows } = await db.select(
    tenant.context,
    'notes',
    ['id', 'title', 'rank'],
    { code: { in: codes } },
    { orderBy: ['id'] },
  );
  return rows;
};

describe('an upsert', () => {
  test('inserts what is new and changes what is there, in one statement', async () => {
    const { context } = notes.fabric.acme;
    await db.insert(context, 'notes', { ...note(1), title: 'old', rank: 7 });
    const { rows, rowCount } = await db.upsert(
      context,
      'notes',
      [
        { ...note(101), code: 'n1', title: 'new' },
        { ...note(2), title: 'first' },
      ],
      { ...byCode, returning: ['id', 'title'] },
    );
    expect(rowCount).toBe(2);
    expect(rows).toEqual([
      { id: 1, title: 'new' },
      { id: 2, title: 'first' },
    ]);
    // What is given once stays, and so does what was not given.
    expect(await titles(notes.fabric.acme, 'n1', 'n2')).toEqual([
      { id: 1, title: 'new', rank: 7 },
      { id: 2, title: 'first', rank: null },
    ]);
  });

  test('changes the named columns alone, and none with an empty list', async () => {
    const { context } = notes.fabric.acme;
    await db.insert(context, 'notes', { ...note(11), title: 'kept', rank: 1 });
    const row = { ...note(11), title: 'not taken', rank: 2 };
    const some = await db.upsert(context, 'notes', row, { ...byCode, update: ['rank'] });
    expect(some.rowCount).toBe(1);
    expect(await titles(notes.fabric.acme, 'n11')).toEqual([{ id: 11, title: 'kept', rank: 2 }]);
    const none = await db.upsert(context, 'notes', [{ ...row, rank: 3 }, note(12)], {
      ...byCode,
      update: [],
      returning: ['id'],
    });
    expect(none).toEqual({ rows: [{ id: 12 }], rowCount: 1 });
    expect(await titles(notes.fabric.acme, 'n11')).toEqual([{ id: 11, title: 'kept', rank: 2 }]);
  });

  test('neither meets nor changes the row of another tenant with the same key', async () => {
    const { acme, globex } = notes.fabric;
    await db.insert(globex.context, 'notes', { ...note(21), title: 'theirs' });
    await db.upsert(acme.context, 'notes', { ...note(21), title: 'ours' }, byCode);
    expect(await titles(globex, 'n21')).toMatchObject([{ title: 'theirs' }]);
    expect(await titles(acme, 'n21')).toMatchObject([{ title: 'ours' }]);
  });

  test('keeps to its tenant even for a superuser whom no row policy binds', async () => {
    const unbound = new TenantDb(openPool(notes.fabric.database.admin), { tables: NOTES });
    const { acme, globex } = notes.fabric;
    await unbound.insert(globex.context, 'notes', { ...note(31), title: 'theirs' });
    for (const title of ['ours', 'ours again']) {
      await unbound.upsert(acme.context, 'notes', { ...note(31), title }, byCode);
    }
    expect(await titles(globex, 'n31')).toMatchObject([{ title: 'theirs' }]);
    expect(await titles(acme, 'n31')).toMatchObject([{ title: 'ours again' }]);
  });

  test('F5 cannot reach the row of another tenant where a unique key leaves the tenant out (42P10, 23505)', async () => {
    const { acme, globex, database } = notes.fabric;
    const admin = openPool(database.admin);
    await admin.query(
      'create table app.slugs (tenant_id uuid not null, slug text not null unique, owner text)',
    );
    await admin.query("call aibos.isolate_tenant('app.slugs')");
    await admin.query('grant select, insert, update on app.slugs to aibos_finance_role');
    const columns = {
      tenant_id: { type: 'uuid' },
      slug: { type: 'text' },
      owner: { type: 'text' },
    } as const;
    const slugs = new TenantDb(notes.fabric.pool('finance'), {
      tables: { 'app.slugs': { tenantColumn: 'tenant_id', columns } },
    });
    await slugs.insert(globex.context, 'slugs', { slug: 'x', owner: 'globex' });
    const row = { slug: 'x', owner: 'acme' };
    const targeted = await refusal(() =>
      slugs.upsert(acme.context, 'slugs', row, { onConflict: ['slug'] }),
    );
    expect(targeted.code).toBe('42P10');
    expect((await refusal(() => slugs.insert(acme.context, 'slugs', row))).code).toBe('23505');
    const kept = await admin.query('select owner from app.slugs');
    expect(kept.rows).toEqual([{ owner: 'globex' }]);
  });

  test('is refused as any other write where another constraint is violated (23505)', async () => {
    const { context } = notes.fabric.acme;
    await db.insert(context, 'notes', note(41));
    const error = await refusal(() =>
      db.upsert(context, 'notes', { ...note(41), code: 'else', title: 'x' }, byCode),
    );
    expect(error).toMatchObject({ code: '23505', constraint: 'notes_tenant_id_id_pk' });
  });

  test('of two rows whose keys only the server finds equal is refused by it (21000)', async () => {
    const { context } = notes.fabric.acme;
    const rows = [
      { id: 51, code: 'a', title: 'x' },
      { id: '51' as never, code: 'b', title: 'x' },
    ];
    const same = await refusal(() => db.upsert(context, 'notes', rows, { onConflict: ['id'] }));
    expect(same.code).toBe('IB915');
    rows[1] = { ...(rows[1] ?? rows[0] ?? note(0)), id: '051' as never, title: 'x' };
    const error = await refusal(() => db.upsert(context, 'notes', rows, { onConflict: ['id'] }));
    expect(error).toMatchObject({ code: '21000', severity: 'ERROR' });
    expect(error.hint).toBeTruthy();
  });

  test('over kernel.tenants, whose key is the tenant itself, needs no other column', async () => {
    const kernel = new TenantDb(notes.fabric.pool('admin'));
    const { context } = notes.fabric.acme;
    const row = { name: 'Acme Inc.', slug: 'acme' };
    await kernel.upsert(context, 'tenants', row, { onConflict: [], update: ['name'] });
    const { rows } = await kernel.select(context, 'tenants', ['name']);
    expect(rows).toEqual([{ name: 'Acme Inc.' }]);
  });
});

describe('an upsert is refused before it touches the pool', () => {
  const pool = new UntouchedPool();
  const unsent = new TenantDb(pool, { tables: NOTES });
  const row = { ...note(1), title: 'x' };
  const upsert = (rows: unknown, options: unknown) => () =>
    unsent.upsert(someone, 'notes', forced(rows), forced(options));

  test.each([
    ['without onConflict', row, {}, 'IB923'],
    ['without options', row, undefined, 'IB923'],
    ['with text for onConflict', row, { onConflict: 'code' }, 'IB923'],
    ['with an object in onConflict', row, { onConflict: [{ toString: () => 'code' }] }, 'IB923'],
    ['with a hole in onConflict', row, { onConflict: new Array(1) }, 'IB923'],
    ['with a constraint for a column', row, { onConflict: ['notes_pk'] }, 'IB912'],
    ['with SQL for a column', row, { onConflict: ['code) do nothing; --'] }, 'IB912'],
    ['with the tenant in onConflict', row, { onConflict: ['tenant_id', 'code'] }, 'IB913'],
    ['with an unknown option', row, { ...byCode, where: {} }, 'IB923'],
    ['with text for update', row, { ...byCode, update: 'title' }, 'IB923'],
    ['that updates the tenant', row, { ...byCode, update: ['tenant_id'] }, 'IB913'],
    ['that updates what is given once', row, { ...byCode, update: ['id'] }, 'IB912'],
    ['that updates SQL', row, { ...byCode, update: ['title = null, "rank'] }, 'IB912'],
    ['with a key under update', row, { onConflict: ['title'], update: ['title'] }, 'IB923'],
    ['of no rows', [], byCode, 'IB915'],
    ['of a row without a key', { id: 1, title: 'x' }, byCode, 'IB915'],
    ['of a row whose key is null', { ...row, code: null }, byCode, 'IB914'],
    ['of a row whose key is undefined', { ...row, code: undefined }, byCode, 'IB914'],
    ['with nothing to update', note(1), byCode, 'IB915'],
    ['of a row that lacks what another updates', [row, note(2)], byCode, 'IB915'],
    ['of two rows with one key', [row, { ...row, id: 2 }], byCode, 'IB915'],
    ['of a row that carries the tenant', { ...row, tenant_id: 'x' }, byCode, 'IB913'],
    ['of a row with an own key __proto__', JSON.parse('{"__proto__": 1}'), byCode, 'IB912'],
    ['of a row with an inherited key', Object.create(row), byCode, 'IB915'],
  ])('%s', async (_, rows, options, code) => {
    expect((await refusal(upsert(rows, options))).code).toBe(code);
    expect(pool.asked).toBe(0);
  });

  test('into a table that is shared or written by the server alone (IB925)', async () => {
    for (const table of ['currencies', 'finance.audit_events']) {
      const error = await refusal(() =>
        unsent.upsert(someone, forced(table), forced({}), forced({ onConflict: [] })),
      );
      expect(error.code).toBe('IB925');
    }
  });

  test('saying where the two rows with one key are', async () => {
    const rows = [row, { ...row, code: 'b' }, { ...row, code: 'b' }];
    expect((await refusal(upsert(rows, byCode))).detail).toContain('at 1 and 2');
    const ignored = await refusal(upsert(rows, { ...byCode, update: [] }));
    // The pool lends nothing: reaching it means that the statement was accepted.
    expect(ignored.code).toBe('IB922');
  });
});
