import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../driver/install/source.ts';
import { dumpSchema } from '../../scripts/dump-schema.ts';
import { openDatabase, testMajors } from '../support/database.ts';
import { withClient } from '../support/run.ts';

const committed = readFileSync(path.join(packageRoot, 'migrations/schema.sql'), 'utf8');

describe.each(testMajors())('on PostgreSQL %i', (major) => {
  test('the installed result is the one in migrations/schema.sql', async () => {
    const database = await openDatabase({ major });
    const text = await database.alone(() => withClient(database.admin, dumpSchema));
    expect(text).toBe(committed);
  });
});

describe('the dump', () => {
  test.each([
    ['a policy', 'alter policy tenant_isolation on finance.accounts to aibos_finance_role'],
    ['row security', 'alter table finance.accounts no force row level security'],
    ['a disabled trigger', 'alter table finance.accounts disable trigger t20_assert_tenant'],
    ['a grant', 'grant select on finance.accounts to aibos_monitor_role'],
    ['a grant on a column', 'grant update (tenant_id) on finance.accounts to aibos_monitor_role'],
    ['a default', 'alter table finance.accounts alter is_active set default false'],
    ['a constraint', 'alter table finance.accounts drop constraint accounts_name_ck'],
    ['an index', 'drop index finance.journal_lines_account_id_tenant_id_idx'],
    [
      'a partition',
      'alter table finance.journal_lines detach partition finance.journal_lines_part_1',
    ],
    ['the owner of a function', 'alter function aibos.record_change() owner to aibos_owner'],
    ['the settings of a function', 'alter function aibos.current_tenant_id() reset search_path'],
    [
      'the body of a function',
      `create or replace function aibos.netstring(p_value text) returns text language sql immutable parallel safe return p_value`,
    ],
    ['an option of a view', 'alter view finance.v_posted_journals reset (security_invoker)'],
    ['a rule', 'create rule quiet as on delete to finance.payments do instead nothing'],
  ])('shows a change of %s', async (_name, change) => {
    const database = await openDatabase();
    await withClient(database.admin, async (client) => {
      const before = await dumpSchema(client);
      await client.query(change);
      expect(await dumpSchema(client)).not.toBe(before);
    });
    await database.drop();
  });

  test('is the same for whoever asks and leaves the session as it was', async () => {
    const database = await openDatabase();
    await withClient(database.installer, async (client) => {
      await client.query('set search_path = finance, public');
      expect(await dumpSchema(client)).toBe(committed);
      const { rows } = await client.query<{ search_path: string }>('show search_path');
      expect(rows).toEqual([{ search_path: 'finance, public' }]);
    });
  });
});
