import type { TenantContext } from '../context.ts';
import { undone } from '../import/modes.ts';
import type { Transaction } from '../import/unit.ts';
import type { TenantDb } from '../tenant-db.ts';
import type { Rate } from './rates.ts';

/** How often a batch runs again after a serialization failure or a deadlock. */
const RETRIES = 5;

/** A rate that was not stored, and the stored version that is in its way. */
export interface StoredOther {
  readonly given: Rate;
  readonly rate: string;
  readonly validFrom: string;
  readonly validTo: string;
}

/** What became of a batch. */
export interface Loaded {
  readonly loaded: number;
  readonly others: readonly StoredOther[];
}

/** Stores one batch of rates, none of which is overwritten. */
export type Load = (rates: readonly Rate[]) => Promise<Loaded>;

/** The exchange rates of one tenant under one source. */
export class RateStore {
  readonly #db: TenantDb;
  readonly #context: TenantContext;
  readonly #source: string;

  constructor(db: TenantDb, context: TenantContext, source: string) {
    this.#db = db;
    this.#context = context;
    this.#source = source;
  }

  /** The active codes of config.currencies. */
  async currencies(): Promise<ReadonlySet<string>> {
    const sql = 'select c.code from config.currencies c where c.is_active';
    const { rows } = await this.#db.query<{ code: string }>(this.#context, sql);
    return new Set(rows.map(({ code }) => code));
  }

  /** Runs work with a function that stores batches: each is committed by itself, or with `dryRun` all are rolled back at the end. */
  async session<T>(dryRun: boolean, work: (load: Load) => Promise<T>): Promise<T> {
    if (!dryRun) {
      return work((rates) =>
        this.#db.transaction(this.#context, (tx) => this.#load(tx, rates), { retries: RETRIES }),
      );
    }
    return undone(
      (trial: (tx: Transaction) => Promise<T>) => this.#db.transaction(this.#context, trial),
      (tx) => work((rates) => this.#load(tx, rates)),
    );
  }

  async #load(tx: Transaction, rates: readonly Rate[]): Promise<Loaded> {
    const column = (key: 'base' | 'quote' | 'rate' | 'day') => rates.map((rate) => rate[key]);
    const given = [column('base'), column('quote'), column('rate'), column('day')];
    const params = [this.#context.tenantId, this.#source, ...given];
    // In one order, so that two imports at once never wait for each other; of two rates for a day the first of the file is stored.
    const inserted = await tx.query<{ loaded: number }>(
      `with inserted as (
         insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
         select $1, g.base, g.quote, g.rate, $2, g.day, g.day
         from unnest($3::text[], $4::text[], $5::numeric[], $6::date[]) with ordinality as g (base, quote, rate, day, position)
         -- What is there is passed over early: the check for overlaps, which would find it too, takes longer.
         where not exists (
           select from finance.fx_rates v
           where v.tenant_id = $1 and v.base_currency = g.base and v.quote_currency = g.quote and v.source = $2 and v.valid_from = g.day
         )
         order by g.base, g.quote, g.day, g.position
         on conflict do nothing
         returning 1
       )
       select count(*)::integer as loaded from inserted`,
      params,
    );
    const loaded = inserted.rows[0]?.loaded ?? 0;
    if (loaded === rates.length) return { loaded, others: [] };
    const { rows } = await tx.query<{ position: number; rate: string; from: string; to: string }>(
      `select g.position::integer, trim_scale(f.rate)::text as rate,
         to_char(f.valid_from::timestamp, 'YYYY-MM-DD') as from, to_char(f.valid_to::timestamp, 'YYYY-MM-DD') as to
       from unnest($3::text[], $4::text[], $5::numeric[], $6::date[]) with ordinality as g (base, quote, rate, day, position)
       cross join lateral (
         select v.rate, v.valid_from, v.valid_to from finance.fx_rates v
         where v.tenant_id = $1 and v.base_currency = g.base and v.quote_currency = g.quote and v.source = $2 and v.valid_from <= g.day
         order by v.valid_from desc
         limit 1
       ) f
       where (f.rate, f.valid_from, f.valid_to) is distinct from (g.rate, g.day, g.day)
       order by g.position`,
      params,
    );
    const others = rows.flatMap(({ position, rate, from, to }) => {
      const other = rates[position - 1];
      return other === undefined ? [] : [{ given: other, rate, validFrom: from, validTo: to }];
    });
    return { loaded, others };
  }
}
