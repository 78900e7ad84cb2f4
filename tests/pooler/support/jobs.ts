import type { TenantDb } from '../../../driver/index.ts';
import type { TransactionOptions } from '../../../driver/settings.ts';
import type { Tenant } from '../../driver/support/fabric.ts';
import { paper } from '../../driver/support/paper.ts';
import { refusal } from '../../driver/support/refusal.ts';

/** What a job works with. */
export interface Scene {
  readonly db: TenantDb;
  readonly tenant: Tenant;
  /** A text that no other job uses. */
  readonly mark: string;
  readonly options: TransactionOptions;
  /** Writes down what is to be in the database afterwards. */
  readonly kept: { readonly titles: string[]; readonly keys: string[] };
  /** Says in words what went wrong. */
  complain(problem: string): void;
}

/** One thing that an application does with the driver, and what it checks of the answers. */
export type Job = (scene: Scene) => Promise<void>;

const count = 'select count(*)::int as n, count(distinct tenant_id)::int as tenants from finance.';

/** Rows of two tables, by one statement each, raw and built. */
const reading: Job = async ({ db, tenant, complain }) => {
  const raw = await db.query<{ tenant_id: string }>(
    tenant.context,
    'select distinct tenant_id from finance.accounts',
  );
  if (raw.rows.map((row) => row.tenant_id).join() !== tenant.context.tenantId)
    complain('a raw statement read other tenants');
  const built = await db.select(tenant.context, 'accounts', ['id']);
  const ids = built.rows.map((row) => row.id).sort();
  if (ids.join() !== [tenant.cash, tenant.sales].sort().join())
    complain('a select read other accounts');
};

const writing: Job = async ({ db, tenant, mark, kept, complain }) => {
  await db.insert(tenant.context, 'document_metadata', paper(tenant.companyId, mark));
  const changed = await db.update(
    tenant.context,
    'document_metadata',
    { media_type: 'text/plain' },
    { title: mark },
  );
  if (changed.rowCount !== 1) complain(`changed ${changed.rowCount} documents`);
  kept.titles.push(mark);
};

const posting: Job = async ({ db, tenant, mark, kept, options, complain }) => {
  await db.transaction(
    tenant.context,
    async (tx) => {
      const before = await tx.query<{ n: number; tenants: number }>(`${count}accounts`);
      if (before.rows[0]?.n !== 2) complain('a transaction saw other accounts');
      await tx.insert('document_metadata', paper(tenant.companyId, mark));
      await tx.query(postJournal, entry(tenant, mark));
      const found = await tx.select('document_metadata', ['title'], { title: mark });
      if (found.rowCount !== 1) complain('a transaction did not see what it wrote');
    },
    options,
  );
  kept.titles.push(mark);
  kept.keys.push(mark);
};

const refused: Job = async ({ db, tenant, mark, options, complain }) => {
  const { code } = await refusal(() =>
    db.transaction(
      tenant.context,
      async (tx) => {
        await tx.insert('document_metadata', paper(tenant.companyId, mark));
        await tx.insert('companies', { code: 'main', name: 'x', functional_currency: 'USD' });
      },
      options,
    ),
  );
  if (code !== '23505') complain(`a second company was refused by ${code}`);
};

const thrown: Job = async ({ db, tenant, mark, options, complain }) => {
  const own = new Error(mark);
  const outcome: unknown = await db
    .transaction(
      tenant.context,
      async (tx) => {
        await tx.query(postJournal, entry(tenant, mark));
        throw own;
      },
      options,
    )
    .catch((error: unknown) => error);
  if (outcome !== own) complain(`threw, and caught ${String(outcome)}`);
};

const nested: Job = async ({ db, tenant, mark, kept, options, complain }) => {
  await db.transaction(
    tenant.context,
    async (tx) => {
      await tx.insert('document_metadata', paper(tenant.companyId, mark));
      const inner = tx.transaction(async (savepoint) => {
        await savepoint.insert('document_metadata', paper(tenant.companyId, `${mark} gone`));
        await savepoint.transaction((deeper) => deeper.query('select 1 / 0'));
      });
      const { code } = await refusal(() => inner);
      if (/^40/.test(code)) await inner;
      if (code !== '22012') complain(`a division by zero was refused by ${code}`);
      const { rows } = await tx.query<{ n: number; tenants: number }>(`${count}accounts`);
      if (rows[0]?.n !== 2) complain('a savepoint lost the tenant');
    },
    options,
  );
  kept.titles.push(mark);
};

const streaming: Job = async ({ db, tenant, mark, kept, options, complain }) => {
  const keys = Array.from({ length: 10 }, (_, n) => `${mark}.${n}`);
  const posted = await db.transaction(
    tenant.context,
    async (tx) => {
      let results = 0;
      for await (const { outcome } of tx.postJournals(entries(tenant, keys), { batchSize: 4 })) {
        if (outcome === 'posted') results += 1;
      }
      return results;
    },
    options,
  );
  if (posted !== keys.length) complain(`posted ${posted} of ${keys.length}`);
  kept.keys.push(...keys);
};

const streamingEach: Job = async ({ db, tenant, mark, kept }) => {
  const keys = Array.from({ length: 5 }, (_, n) => `${mark}.${n}`);
  const results = db.postJournals(tenant.context, entries(tenant, keys), {
    transaction: 'each',
    batchSize: 2,
  });
  for await (const { index } of results) kept.keys.push(keys[index] ?? '');
};

/** A statement over a table that the login has no right to; the driver destroys the client afterwards. */
const forbidden: Job = async ({ db, tenant, complain }) => {
  const { code } = await refusal(() => db.query(tenant.context, 'select * from kernel.users'));
  if (code !== '42501') complain(`a table of another service was refused by ${code}`);
};

/** Everything an application does. */
export const jobs: readonly Job[] = [
  reading,
  writing,
  posting,
  refused,
  thrown,
  nested,
  streaming,
  streamingEach,
  forbidden,
];

/** The call of finance.post_journal with the parameters of {@link entry}. */
export const postJournal =
  'select finance.post_journal($1, $2, $3, $4, $5, $6, $7, p_idempotency_key => $8) as id';

/** The parameters of {@link postJournal} for a cash sale under a key. */
export function entry(tenant: Tenant, key: string): readonly unknown[] {
  const accounts = [tenant.cash, tenant.sales];
  return [
    tenant.companyId,
    '2026-03-31',
    key,
    accounts,
    [1200n, 0],
    [0, 1200n],
    ['USD', 'USD'],
    key,
  ];
}

/** Cash sales under keys, as `postJournals` takes them. */
export function entries(tenant: Tenant, keys: readonly string[]) {
  return keys.map((key) => ({
    companyId: tenant.companyId,
    entryDate: '2026-03-31',
    description: key,
    idempotencyKey: key,
    lines: [
      { accountId: tenant.cash, currency: 'USD', debitCents: 1200n },
      { accountId: tenant.sales, currency: 'USD', creditCents: 1200n },
    ],
  }));
}
