import { arrayOf, companyId, drawEntry, entryDate, tenantId, userId, writtenIn } from '../books.ts';
import type { Draw } from '../random.ts';
import { type Comparison, sqlVariant, type Variant } from '../variant.ts';
import { contextOf, contextStatement, description, postVariant } from './posting.ts';

const entriesPerCall = 100;

const unguarded = `with entry as materialized (
    select n as entry_index, aibos.uuid_v7() as id from generate_series(1, ${entriesPerCall}) as n
  ), header as (
    insert into bench_a.journal_entries (tenant_id, id, company_id, period_id, entry_date, description, created_by)
    select $1, e.id, $2, $2, $3, $4, $5 from entry e
  )
  insert into bench_a.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select $1, e.id, (l.position - 1) % 2 + 1, l.account_id, 'USD', l.debit_cents, l.credit_cents
  from unnest($6::uuid[], $7::bigint[], $8::bigint[]) with ordinality as l (account_id, debit_cents, credit_cents, position)
  join entry e on e.entry_index = (l.position + 1) / 2`;

/** 100 entries of two lines per call, one client, commits that wait: against 100 unguarded in one statement, and one by one. */
export function arrayComparisons(scale: number): readonly Comparison[] {
  return [
    {
      row: 'arrays',
      title: `${entriesPerCall} entries of 2 lines per call, 1 client, sync on`,
      clients: 1,
      transactions: Math.ceil(30 * scale),
      synchronousCommit: 'on',
      writes: true,
      variants: [
        sqlVariant(
          {
            name: 'A×100',
            summary: `tables without guards, one statement per ${entriesPerCall} entries`,
            units: entriesPerCall,
            effect: writtenIn('bench_a'),
          },
          [{ name: 'unguarded', text: unguarded }],
          (draw) => {
            const { tenant, accounts, debits, credits } = drawEntry(draw, 2 * entriesPerCall);
            return [
              [
                ...[tenantId(tenant), companyId(tenant), entryDate, description, userId],
                ...[arrayOf(accounts), arrayOf(debits), arrayOf(credits)],
              ],
            ];
          },
        ),
        repeated(postVariant(2, { name: 'one by one' }), entriesPerCall),
        sqlVariant(
          {
            name: 'post_journals',
            summary: `finance.post_journals, ${entriesPerCall} entries per call, the context in the same round trip`,
            units: entriesPerCall,
            effect: writtenIn('finance'),
            against: [
              { variant: 'A×100', hold: 0.5 },
              { variant: 'one by one', hold: 8 },
            ],
          },
          [contextStatement, { name: 'post', text: 'select finance.post_journals($1)' }],
          (draw) => {
            const { tenant, json } = drawJson(draw);
            return [contextOf(tenant), [json]];
          },
        ),
      ],
    },
  ];
}

/** The same work, `times` transactions per run. */
function repeated(variant: Variant, times: number): Variant {
  return {
    ...variant,
    units: times,
    open: async (config) => {
      const session = await variant.open(config);
      return {
        ...session,
        run: async (draw) => {
          for (let done = 0; done < times; done += 1) await session.run(draw);
        },
      };
    },
  };
}

/** The argument of finance.post_journals: entries of one tenant. */
function drawJson(draw: Draw): { readonly tenant: number; readonly json: string } {
  const { tenant, accounts, debits } = drawEntry(draw, 2 * entriesPerCall);
  const line = (at: number, debit: number, credit: number) => ({
    account_id: accounts[at],
    currency: 'USD',
    debit_cents: debit,
    credit_cents: credit,
  });
  const entries = Array.from({ length: entriesPerCall }, (_, index) => {
    const amount = debits[2 * index] ?? 0;
    return {
      company_id: companyId(tenant),
      entry_date: entryDate,
      description,
      lines: [line(2 * index, amount, 0), line(2 * index + 1, 0, amount)],
    };
  });
  return { tenant, json: JSON.stringify(entries) };
}
