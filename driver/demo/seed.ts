import type { TenantDb } from '../tenant-db.ts';
import { type ChallengeTenant, namedId } from './challenge.ts';

/** What seeding a tenant did. */
export interface SeedResult {
  readonly slug: string;
  readonly posted: number;
  readonly replayed: number;
  /** The entry that was posted wrong and reversed, for the attacks on reversals. */
  readonly reversedEntryId: string;
}

/** Id of an account of a challenge tenant. */
export function accountId(tenant: ChallengeTenant, code: string): string {
  return namedId(`${tenant.slug} account ${code}`);
}

/**
 * Books the challenge of one tenant: tenant, company, chart, periods, entries and one reversal.
 *
 * Seeding again books nothing: rows keep their ids and entries their idempotency keys. The connection must be of a role
 * that may write both planes (aibos_admin).
 */
export async function seedTenant(db: TenantDb, tenant: ChallengeTenant): Promise<SeedResult> {
  const context = { tenantId: tenant.tenantId, userId: tenant.userId, reason: 'challenge seed' };
  return db.transaction(context, async (tx) => {
    await tx.query(
      `insert into kernel.tenants (id, name, slug, region) values ($1, $2, $3, 'local') on conflict (id) do nothing`,
      [tenant.tenantId, tenant.name, tenant.slug],
    );
    await tx.query(
      `insert into kernel.users (tenant_id, id, email, display_name) values ($1, $2, $3, 'Bookkeeper')
       on conflict (tenant_id, id) do nothing`,
      [tenant.tenantId, tenant.userId, `books@${tenant.slug}.test`],
    );
    await tx.query(
      `insert into finance.companies (tenant_id, id, code, name, functional_currency) values ($1, $2, 'main', $3, $4)
       on conflict (tenant_id, id) do nothing`,
      [tenant.tenantId, tenant.companyId, tenant.name, tenant.currency],
    );
    await tx.query(
      `insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
       select $1, a.id, $2, a.code, a.name, a.account_type
       from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as a (id, code, name, account_type)
       on conflict (tenant_id, id) do nothing`,
      [
        tenant.tenantId,
        tenant.companyId,
        tenant.accounts.map((account) => accountId(tenant, account.code)),
        tenant.accounts.map((account) => account.code),
        tenant.accounts.map((account) => account.name),
        tenant.accounts.map((account) => account.type),
      ],
    );
    await tx.query('select finance.open_fiscal_year($1, $2)', [tenant.companyId, '2026-01-01']);

    const mistake = {
      date: '2026-03-31',
      description: 'Rent March, posted twice by mistake',
      lines: [
        ['5000', 210_000],
        ['1000', -210_000],
      ] as const,
    };
    const { rows } = await tx.query<{ entry_id: string; outcome: string }>(
      'select entry_id, outcome from finance.post_journals($1::jsonb) order by entry_index',
      [
        JSON.stringify(
          [...tenant.entries, mistake].map((entry, index) => ({
            company_id: tenant.companyId,
            entry_date: entry.date,
            description: entry.description,
            idempotency_key: `challenge:${index + 1}`,
            lines: entry.lines.map(([code, cents]) => ({
              account_id: accountId(tenant, code),
              currency: tenant.currency,
              debit_cents: Math.max(cents, 0),
              credit_cents: Math.max(-cents, 0),
            })),
          })),
        ),
      ],
    );
    const reversedEntryId = rows.at(-1)?.entry_id ?? '';
    const { rows: reversals } = await tx.query(
      'select 1 from finance.journal_reversals where tenant_id = $1 and reverses_entry_id = $2',
      [tenant.tenantId, reversedEntryId],
    );
    if (reversals.length === 0) {
      await tx.query('select finance.reverse_journal($1, $2, $3)', [
        reversedEntryId,
        '2026-03-31',
        'Rent March was posted twice',
      ]);
    }
    return {
      slug: tenant.slug,
      posted:
        rows.filter((row) => row.outcome === 'posted').length + (reversals.length === 0 ? 1 : 0),
      replayed: rows.filter((row) => row.outcome === 'replayed').length,
      reversedEntryId,
    };
  });
}
