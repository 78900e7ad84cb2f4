import type { TenantContext } from '../context.ts';
import { ACCOUNT_TYPES } from '../import/account-types.ts';
import type { FabricTables, TenantDb } from '../tenant-db.ts';
import type { TenantTransaction } from '../transaction.ts';
import type { ChartAccount, ChartChange } from './account.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The chart of accounts of one company, inside one transaction. Errors are those of the driver and the server. */
export class ChartStore {
  readonly #tx: TenantTransaction<FabricTables>;
  readonly #tenantId: string;

  constructor(tx: TenantTransaction<FabricTables>, tenantId: string) {
    this.#tx = tx;
    this.#tenantId = tenantId;
  }

  /** Runs work in one transaction of the tenant. */
  static run<T>(
    db: TenantDb,
    context: TenantContext,
    work: (store: ChartStore) => Promise<T>,
  ): Promise<T> {
    return db.transaction(context, (tx) => work(new ChartStore(tx, context.tenantId)), {
      retries: 5,
    });
  }

  /** Finds a company by id or code, and keeps other imports from its chart until the transaction ends. */
  async company(idOrCode: string): Promise<{ id: string; code: string } | null> {
    const { rows } = await this.#tx.query<{ id: string; code: string }>(
      `select c.id, c.code from finance.companies c
       where c.tenant_id = $1 and (c.code = $2 or c.id = $3)
       order by c.id = $3 desc limit 1 for no key update`,
      [this.#tenantId, idOrCode, UUID.test(idOrCode) ? idOrCode : null],
    );
    return rows[0] ?? null;
  }

  /** The codes of the active currencies. */
  async currencies(): Promise<ReadonlySet<string>> {
    const { rows } = await this.#tx.query<{ code: string }>(
      'select c.code from config.currencies c where c.is_active',
    );
    return new Set(rows.map(({ code }) => code));
  }

  /** All accounts of a company. */
  async accounts(companyId: string): Promise<readonly ChartAccount[]> {
    const { rows } = await this.#tx.query<ChartAccount>(
      `select a.id, a.code, a.name, a.account_type as "type", p.code as parent, a.currency,
         a.is_active as "isActive", a.keeps_balance as "keepsBalance", a.is_monetary as "isMonetary"
       from finance.accounts a
       left join finance.accounts p on p.tenant_id = a.tenant_id and p.id = a.parent_id
       where a.tenant_id = $1 and a.company_id = $2 order by a.code`,
      [this.#tenantId, companyId],
    );
    return rows.map((row) => ({
      ...row,
      type: ACCOUNT_TYPES.find((type) => type === row.type) ?? 'asset',
    }));
  }

  /** Makes and changes accounts: the new ones in one statement, so that parents may stand after their children. */
  async write(companyId: string, changes: readonly ChartChange[]): Promise<void> {
    const made = changes.filter(({ before }) => before === null).map(({ after }) => after);
    if (made.length > 0) {
      await this.#tx.query(
        `with made as materialized (
           select aibos.uuid_v7() as id, a.* from jsonb_to_recordset($3::jsonb) as a (
             code text, name text, type text, parent text, currency text,
             "isActive" boolean, "keepsBalance" boolean, "isMonetary" boolean)
         )
         insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, parent_id, currency,
           is_active, keeps_balance, is_monetary)
         select $1, m.id, $2, m.code, m.name, m.type, coalesce(p.id, e.id), m.currency,
           m."isActive", m."keepsBalance", m."isMonetary"
         from made m
         left join made p on p.code = m.parent
         left join finance.accounts e on e.tenant_id = $1 and e.company_id = $2 and e.code = m.parent`,
        [this.#tenantId, companyId, JSON.stringify(made)],
      );
    }
    const changed = changes.flatMap(({ before, after }) =>
      before === null ? [] : [{ id: before.id, ...after }],
    );
    if (changed.length > 0) {
      await this.#tx.query(
        `update finance.accounts a set name = c.name, is_active = c."isActive", parent_id = p.id
         from jsonb_to_recordset($3::jsonb) as c (id uuid, name text, parent text, "isActive" boolean)
         left join finance.accounts p on p.tenant_id = $1 and p.company_id = $2 and p.code = c.parent
         where a.tenant_id = $1 and a.company_id = $2 and a.id = c.id`,
        [this.#tenantId, companyId, JSON.stringify(changed)],
      );
    }
  }
}
