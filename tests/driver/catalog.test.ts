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
    const expected = isShared
      ? undefined
      : name === 'kernel.tenants'
        ? 'id'
        : 'tenant_id';
    expect([name, tenant]).toEqual([name, expected]);
  }
});
