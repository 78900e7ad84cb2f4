import type { TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/run.ts';
import { linesText, type Tally } from './tally.ts';

/** One line for each entry, on what it is and on its lines, sorted. */
export type Account = readonly string[];

/** What has been acknowledged: each entry once, however often its key was answered. */
export function acknowledgedIn(tally: Tally): Account {
  const entries = [...tally.claims, ...tally.replays].map(
    (claim) =>
      `${claim.id} of ${claim.tenantId} on ${claim.date}: ${claim.description}: ${linesText(claim.lines)}`,
  );
  return [...new Set(entries)].sort();
}

/** What a superuser finds in the tables. */
export async function storedIn(database: TestDatabase): Promise<Account> {
  return withClient(database.admin, async (admin) => {
    const { rows } = await admin.query<{ entry: string }>(
      `select format('%s of %s on %s: %s: %s', e.id, e.tenant_id, to_char(e.entry_date, 'YYYY-MM-DD'), e.description,
           string_agg(format('%s %s %s %s', l.line_no, l.account_id, l.debit_cents - l.credit_cents, coalesce(l.memo, '(none)')),
             '; ' order by l.line_no)
         ) as entry
       from finance.journal_entries e
       left join finance.journal_lines l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
       group by e.tenant_id, e.id`,
    );
    return rows.map((row) => row.entry).sort();
  });
}

/** What must not be there, whatever happened. */
export async function oddities(database: TestDatabase): Promise<readonly unknown[]> {
  return withClient(database.admin, async (admin) => {
    const { rows } = await admin.query(
      `select 'lines of several transactions' as oddity, l.journal_entry_id::text as object
         from finance.journal_lines l group by l.tenant_id, l.journal_entry_id having count(distinct l.xmin::text) > 1
       union all
       select 'one description, several entries', e.description
         from finance.journal_entries e group by e.description having count(*) > 1
       union all
       select 'several reversals of one entry', e.reverses_entry_id::text
         from finance.journal_entries e where e.reverses_entry_id is not null
         group by e.tenant_id, e.reverses_entry_id having count(*) > 1
       union all
       select 'an entry that does not hold its key', coalesce(e.id, k.journal_entry_id)::text
         from (select * from finance.journal_entries where idempotency_key is not null) e
         full join finance.journal_keys k on k.tenant_id = e.tenant_id and k.journal_entry_id = e.id
         where k.idempotency_key is distinct from e.idempotency_key
       union all
       select 'a reversal that does not hold its original', coalesce(e.id, r.journal_entry_id)::text
         from (select * from finance.journal_entries where reverses_entry_id is not null) e
         full join finance.journal_reversals r on r.tenant_id = e.tenant_id and r.journal_entry_id = e.id
         where r.reverses_entry_id is distinct from e.reverses_entry_id
       union all
       select 'an event without its entry', a.id::text
         from finance.audit_events a
         left join finance.journal_entries e on e.tenant_id = a.tenant_id and e.id = a.id
         where a.action = 'journal.posted' and e.id is null
       union all
       select 'a period that does not hold the date', e.id::text
         from finance.journal_entries e
         join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id
         where e.entry_date not between p.starts_on and p.ends_on`,
    );
    return rows;
  });
}
