import pg from 'pg';
import { type NewJournalEntry, TenantDb } from '../../../driver/index.ts';
import {
  accountId,
  accountsPerTenant,
  companyId,
  entryDate,
  tenantId,
  userId,
  writtenIn,
} from '../books.ts';
import type { Comparison, Variant } from '../variant.ts';
import { openClient, pidOf } from '../wire.ts';
import { contextOf, contextStatement, description } from './posting.ts';

const allLines = 1_000_000;
const linesPerEntry = 4;
const linesPerStatement = 10_000;

/** Many lines in one transaction, by statements of 10,000 lines, by one statement, and through the driver; twice, in two sizes. */
export function bulkComparisons(scale: number): readonly Comparison[] {
  return [allLines / 10, allLines].map((wanted) => {
    const entries = Math.max(10, Math.ceil((wanted * scale) / linesPerEntry));
    const lines = entries * linesPerEntry;
    const batch = Math.min(linesPerStatement / linesPerEntry, Math.ceil(entries / 10));
    const each = (batch * linesPerEntry).toLocaleString('en');
    return {
      row: 'bulk',
      title: `${lines.toLocaleString('en')} lines in one transaction, 1 client`,
      clients: 1,
      transactions: 1,
      warmUp: 0,
      watchesMemory: true,
      synchronousCommit: 'on' as const,
      writes: true,
      prepare: staging(entries),
      variants: [
        loading('A', 'bench_a', { entries, batch, name: `in statements of ${each} lines` }),
        loading('direct', 'finance', {
          ...{ entries, batch, name: `in statements of ${each} lines` },
          against: `A in statements of ${each} lines`,
        }),
        loading('A', 'bench_a', { entries, batch: entries, name: 'in one statement' }),
        loading('direct', 'finance', {
          ...{ entries, batch: entries, name: 'in one statement' },
          against: 'A in one statement',
        }),
        streamed(entries, `A in statements of ${each} lines`),
      ],
    };
  });
}

interface Load {
  readonly entries: number;
  /** Entries of one statement. */
  readonly batch: number;
  readonly name: string;
  readonly against?: string;
}

/** INSERT … SELECT of headers and lines from a staging table, as the application role. */
function loading(kind: string, schema: 'finance' | 'bench_a', load: Load): Variant {
  const columns = schema === 'finance' ? '' : ', period_id, created_by';
  const values = schema === 'finance' ? '' : `, '${companyId(0)}', '${userId}'`;
  const text = `with entry as materialized (
      select s.n, aibos.uuid_v7() as id from bench_bulk.entries s where s.n between $1 and $2
    ), header as (
      insert into ${schema}.journal_entries (tenant_id, id, company_id, entry_date, description${columns})
      select '${tenantId(0)}'::uuid, e.id, '${companyId(0)}'::uuid, '${entryDate}'::date, '${description}'${values}
      from entry e
    )
    insert into ${schema}.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    select '${tenantId(0)}'::uuid, e.id, l.line_no, l.account_id, 'USD', l.debit_cents, l.credit_cents
    from entry e join bench_bulk.lines l on l.n = e.n`;
  return {
    name: `${kind} ${load.name}`,
    summary: `INSERT … SELECT from a staging table into ${schema}, ${load.name}`,
    units: load.entries * linesPerEntry,
    effect: writtenIn(schema),
    ...(load.against === undefined
      ? { against: [] }
      : { against: [{ variant: load.against, hold: 0.5 }] }),
    open: async (config) => {
      const client = await openClient(config);
      return {
        pid: await pidOf(client),
        run: async () => {
          await client.query('begin');
          await client.query(contextStatement.text, [...contextOf(0)]);
          for (let first = 0; first < load.entries; first += load.batch) {
            const last = Math.min(load.entries, first + load.batch) - 1;
            await client.query({ name: 'load', text, values: [first, last] });
          }
          await client.query('commit');
        },
        close: () => client.end(),
      };
    },
  };
}

/** The same entries as a stream through the driver. */
function streamed(entries: number, against: string): Variant {
  return {
    name: 'tx.postJournals',
    summary: 'a generator of entries through the driver, finance.post_journals per batch of 500',
    units: entries * linesPerEntry,
    effect: writtenIn('finance'),
    against: [{ variant: against }],
    open: async (config) => {
      const pool = new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 0 });
      const db = new TenantDb(pool);
      return {
        pid: await pidOf(pool),
        run: async () => {
          await db.transaction({ tenantId: tenantId(0), userId }, async (tx) => {
            for await (const { outcome } of tx.postJournals(generated(entries))) {
              if (outcome !== 'posted') throw new Error(`an entry was ${outcome}`);
            }
          });
        },
        close: () => pool.end(),
      };
    },
  };
}

function* generated(entries: number): Generator<NewJournalEntry> {
  for (let n = 0; n < entries; n += 1) {
    yield {
      companyId: companyId(0),
      entryDate,
      description,
      lines: Array.from({ length: linesPerEntry }, (_, at) => ({
        accountId: accountId(0, (n + at) % accountsPerTenant),
        currency: 'USD',
        [at % 2 === 0 ? 'debitCents' : 'creditCents']: 1 + (n % 1_000_000),
      })),
    };
  }
}

function staging(entries: number): readonly string[] {
  return [
    `create schema bench_bulk;
    grant usage on schema bench_bulk to aibos_finance_role;
    create unlogged table bench_bulk.entries as select n from generate_series(0, ${entries - 1}) as n;
    create unlogged table bench_bulk.lines as
    select e.n, at + 1 as line_no,
      format('00000004-0000-4000-8000-%s', lpad(((e.n + at) % ${accountsPerTenant})::text, 12, '0'))::uuid as account_id,
      case when at % 2 = 0 then 1 + e.n % 1000000 else 0 end::bigint as debit_cents,
      case when at % 2 = 1 then 1 + e.n % 1000000 else 0 end::bigint as credit_cents
    from bench_bulk.entries e, generate_series(0, ${linesPerEntry - 1}) as at
    order by e.n, at;
    alter table bench_bulk.entries add primary key (n);
    alter table bench_bulk.lines add primary key (n, line_no);
    grant select on all tables in schema bench_bulk to aibos_finance_role`,
    'vacuum analyze bench_bulk.entries',
    'vacuum analyze bench_bulk.lines',
  ];
}
