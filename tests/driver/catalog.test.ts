import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CATALOG } from '../../driver/catalog.ts';
import { Whitelist } from '../../driver/tables.ts';
import { catalogSource } from '../../scripts/generate-catalog.ts';
import { connect } from '../support/clients.ts';
import { openDatabase } from '../support/database.ts';

test('the whitelist in the driver is what the installed catalog says; if not, run scripts/generate-catalog.ts', async () => {
  const database = await openDatabase();
  const source = await catalogSource(await connect(database.installer));
  const file = path.join(import.meta.dirname, '../../driver/catalog.ts');
  expect(source).toBe(await readFile(file, 'utf8'));
});

test('every table of the fabric has its tenant column, or is shared configuration', () => {
  const whitelist = new Whitelist(1_000_000, CATALOG);
  for (const name of Object.keys(CATALOG)) {
    const tenant = whitelist.find(name).tenantColumn?.name;
    const isShared = name.startsWith('config.') || name === 'finance.payment_transitions';
    const expected = isShared ? undefined : name === 'kernel.tenants' ? 'id' : 'tenant_id';
    expect([name, tenant]).toEqual([name, expected]);
  }
});

test('every table of the fabric has the key that its rows are told apart by', async () => {
  const database = await openDatabase();
  const client = await connect(database.installer);
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select p.conrelid::regclass::text as name, array_agg(a.attname::text order by a.attname) as columns
     from pg_constraint p join pg_attribute a on a.attrelid = p.conrelid and a.attnum = any(p.conkey)
     where p.contype = 'p' and not (select relispartition from pg_class c where c.oid = p.conrelid)
       and p.connamespace::regnamespace::text in ('config', 'finance', 'kernel') group by 1 order by 1`,
  );
  const whitelist = new Whitelist(1_000_000, CATALOG);
  const known = Object.keys(CATALOG).map((name) => {
    const { key = [], tenantColumn } = whitelist.find(name);
    const columns = [...key, ...(tenantColumn === null ? [] : [tenantColumn])];
    return { name, columns: columns.map((column) => column.name).sort() };
  });
  expect(known).toEqual(rows);
});
