import { accountsPerTenant, companyId, entryDate, tenantId, userId } from '../books.ts';
import type { Comparison, Variant } from '../variant.ts';
import { openClient, pidOf } from '../wire.ts';
import { contextOf, contextStatement, description } from './posting.ts';

const allLines = 1_000_000;
const linesPerEntry = 4;

/** The integrity view, the trial balance and a close over all lines of a tenant, against a sum of them. `--scale 10` makes it ten million lines. */
export function integrityComparisons(scale: number): readonly Comparison[] {
  const entries = Math.max(10, Math.ceil((allLines * scale) / linesPerEntry));
  const lines = entries * linesPerEntry;
  return [
    {
      row: 'integrity',
      title: `proving ${lines.toLocaleString('en')} lines, 1 client`,
      clients: 1,
      transactions: 1,
      warmUp: 1,
      synchronousCommit: 'off',
      writes: false,
      watchesMemory: true,
      settings: { max_parallel_workers_per_gather: '0', work_mem: '64MB' },
      prepare: filling(entries),
      variants: [
        answering('sum', 'sum() of debits and credits', {
          sql: `select sum(l.debit_cents) = sum(l.credit_cents) and count(*) = ${lines} as is_right
            from finance.journal_lines l`,
        }),
        answering('v_journal_integrity', 'all entries proven again by the view', {
          sql: `select count(*) = ${entries} and sum(i.lines) = ${lines} and bool_and(i.status = 'PASS') as is_right
            from finance.v_journal_integrity i`,
          hold: 0.5,
        }),
        answering('trial_balance', 'the trial balance of the company, summed from its lines', {
          sql: `select sum(t.debit_cents) = sum(t.credit_cents) and count(*) = ${Math.min(accountsPerTenant, lines)} as is_right
            from finance.trial_balance('${companyId(0)}') t`,
        }),
        answering('close_period', 'the close of the period that holds them, given up afterwards', {
          before: `select finance.close_period(p.id) from (
              select f.id from finance.fiscal_periods f
              where f.company_id = '${companyId(0)}' and f.starts_on <= '${entryDate}' order by f.starts_on
            ) p`,
          sql: `select sum(t.debit_cents) = sum(t.credit_cents) as is_right
            from finance.period_close_totals t
            join finance.fiscal_periods p on p.tenant_id = t.tenant_id and p.close_id = t.period_close_id
            where p.company_id = '${companyId(0)}' and '${entryDate}' between p.starts_on and p.ends_on`,
        }),
      ],
    },
  ];
}

/** A query of the application role that says itself whether its answer is right; what it writes is given up. */
function answering(
  name: string,
  summary: string,
  { before, sql, hold }: { readonly before?: string; readonly sql: string; readonly hold?: number },
): Variant {
  return {
    name,
    summary,
    ...(hold === undefined ? {} : { against: [{ variant: 'sum', hold }] }),
    open: async (config) => {
      const client = await openClient(config);
      return {
        pid: await pidOf(client),
        run: async () => {
          await client.query('begin');
          await client.query(contextStatement.text, [...contextOf(0)]);
          if (before !== undefined) await client.query(before);
          const answer = await client.query<{ is_right: boolean }>(sql);
          await client.query('rollback');
          if (answer.rows[0]?.is_right !== true) throw new Error(`${name} answered otherwise`);
        },
        close: () => client.end(),
      };
    },
  };
}

/** Fills the books of one tenant as posting would, without proving each entry: the triggers sleep meanwhile. */
function filling(entries: number): readonly string[] {
  const tables = ['journal_entries', 'journal_lines', 'audit_events'].map(
    (name) => `finance.${name}`,
  );
  // The foreign keys are those of the parts.
  const parts = ['finance.journal_entries_part_1', 'finance.journal_lines_part_1'];
  const switched = (to: string) =>
    [...tables, ...parts].map((table) => `alter table ${table} ${to} trigger all;`);
  return [
    `${switched('disable').join(' ')}
    create temp table entry as select n, aibos.uuid_v7() as id from generate_series(1, ${entries}) as n;
    insert into finance.journal_entries (tenant_id, id, company_id, period_id, entry_date, description, created_by)
    select '${tenantId(0)}', e.id, p.company_id, p.id, '${entryDate}', '${description}', '${userId}'
    from entry e, finance.fiscal_periods p
    where p.company_id = '${companyId(0)}' and '${entryDate}' between p.starts_on and p.ends_on
    order by e.n;
    insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    select '${tenantId(0)}', e.id, at + 1,
      format('00000004-0000-4000-8000-%s', lpad(((e.n + at) % ${accountsPerTenant})::text, 12, '0'))::uuid, 'USD',
      case when at % 2 = 0 then e.n else 0 end, case when at % 2 = 1 then e.n else 0 end
    from entry e, generate_series(0, ${linesPerEntry - 1}) as at
    order by e.n, at;
    insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, leaf_version, leaf_hash)
    select '${tenantId(0)}', e.id, '${userId}', 'journal.posted', 'finance.journal_entries', e.id::text, 1,
      sha256(convert_to(e.id::text, 'UTF8'))
    from entry e
    order by e.n;
    ${switched('enable').join(' ')}`,
    ...tables.map((table) => `vacuum analyze ${table}`),
    'vacuum analyze finance.fiscal_periods',
  ];
}
