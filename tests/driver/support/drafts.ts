import type { TenantDb } from '../../../driver/index.ts';

/** What follows `prefix` in the descriptions of a tenant's drafts that begin with it, in order. */
export async function draftsAfter(
  db: TenantDb,
  context: { readonly tenantId: string; readonly userId: string },
  prefix: string,
): Promise<string[]> {
  const { rows } = await db.query<{ description: string }>(
    context,
    'select description from finance.journal_drafts where starts_with(description, $1) order by 1',
    [prefix],
  );
  return rows.map((row) => row.description.slice(prefix.length));
}
