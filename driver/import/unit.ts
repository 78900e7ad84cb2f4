import type { TenantContext } from '../context.ts';
import type { FabricTables, TenantDb } from '../tenant-db.ts';
import type { TenantTransaction } from '../transaction.ts';
import { ImportError } from './errors.ts';

/** A transaction of a tenant on the fabric's tables. */
export type Transaction = TenantTransaction<FabricTables>;

/** A company that is imported into. */
export interface Company {
  readonly id: string;
  readonly code: string;
  readonly functionalCurrency: string;
}

/** A currency or commodity with the number of decimals of its minor unit. */
export interface Currency {
  readonly code: string;
  readonly exponent: number;
}

/** What every import needs inside one transaction and one tenant. */
export interface Unit {
  /** Runs work so that, when it fails, it leaves nothing behind and the transaction goes on. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
  /** Finds a company by id or code. */
  company(idOrCode: string): Promise<Company | null>;
  currencies(): Promise<readonly Currency[]>;
}

/** Where something is imported into: anything that can run work in a transaction. */
export interface Target<U extends Unit> {
  /**
   * Runs work in one transaction; commits when it resolves and rolls back when it rejects.
   * Unless `once` is set, work may run again after a serialization failure.
   */
  transaction<T>(work: (unit: U) => Promise<T>, options?: { readonly once?: boolean }): Promise<T>;
}

/** How often a batch runs again after a serialization failure or a deadlock. */
const RETRIES = 5;

/** Runs work in transactions of one tenant in the database. */
export function targetOf<U extends Unit>(
  db: TenantDb,
  context: TenantContext,
  unitOf: (tx: Transaction, tenantId: string) => U,
): Target<U> {
  return {
    transaction: (work, options = {}) =>
      db.transaction(context, (tx) => work(unitOf(tx, context.tenantId)), {
        retries: options.once === true ? 0 : RETRIES,
      }),
  };
}

/** The part of a unit that every import has, in the database. Errors are those of the driver and the server. */
export class TenantUnit implements Unit {
  readonly tenantId: string;
  #tx: Transaction;

  constructor(tx: Transaction, tenantId: string) {
    this.#tx = tx;
    this.tenantId = tenantId;
  }

  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const outer = this.#tx;
    try {
      return await outer.transaction((inner) => {
        this.#tx = inner;
        return work();
      });
    } finally {
      this.#tx = outer;
    }
  }

  async company(idOrCode: string): Promise<Company | null> {
    const [row] = await this.rows<{ id: string; code: string; functional_currency: string }>(
      `select c.id, c.code, c.functional_currency from finance.companies c
       where c.tenant_id = $1 and (c.id::text = lower($2) or c.code = $2)
       order by c.id::text = lower($2) desc limit 1`,
      [this.tenantId, idOrCode],
    );
    if (row === undefined) return null;
    return { id: row.id, code: row.code, functionalCurrency: row.functional_currency };
  }

  async currencies(): Promise<readonly Currency[]> {
    return this.rows<Currency>(
      'select c.code, c.exponent from config.currencies c where c.is_active order by c.code',
    );
  }

  /** Runs a statement and returns its rows. */
  protected async rows<R>(sql: string, params: readonly unknown[] = []): Promise<readonly R[]> {
    return (await this.#tx.query<R>(sql, params)).rows;
  }
}

/** The company that was found by `idOrCode`. @throws ImportError IB958 where none was. */
export function known<C>(company: C | null, idOrCode: string): C {
  if (company !== null) return company;
  throw new ImportError(
    'IB958',
    `company ${idOrCode} is not known to the tenant`,
    'Give the id or the code of a company of this tenant, or make the company first.',
  );
}
