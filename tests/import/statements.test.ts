import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { asSuperuser, importFile, type Stage, stageTenant } from './live-support.ts';
import { beginnings, byText, PaperBooks, type Row, sectionOf } from './paper-books.ts';

const folder = path.join(import.meta.dirname, '../../../shared/data/books');
const name = 'hackerspace-2012-2019.csv';

it('statements of eight years of a hackerspace agree with the printed journal, open and closed', async (context) => {
  const file = path.join(folder, name);
  if (!existsSync(file)) context.skip(`the folder ../shared/data/books with ${name} is not here`);
  const paper = new PaperBooks(file);
  const stage = await stageTenant(await openDatabase());
  const report = await importFile(stage, file);
  expect(report.refused).toEqual([]);
  await buildChart(stage, paper);

  expect(paper.years).toEqual([2012, 2013, 2014, 2015, 2016, 2017, 2018, 2019, 2020]);
  await expectAgreement(stage, paper);
  const closed = await asSuperuser<{ closes: number; entries: number }>(
    stage,
    `with closed as materialized (
       select finance.close_period(p.id) from (
         select f.id from finance.fiscal_periods f
         where f.tenant_id = $1 and f.ends_on < '2019-07-01' order by f.starts_on
       ) p
     ) select count(*)::int as closes from closed`,
  );
  expect(closed).toEqual([{ closes: 7 * 12 + 6 }]);
  expect(
    await asSuperuser(
      stage,
      'select account_id from finance.v_period_close_drift where tenant_id = $1',
    ),
  ).toEqual([]);
  await expectAgreement(stage, paper);
}, 120_000);

/** Makes the accounts above those that were imported and puts each below the one above it. */
async function buildChart(stage: Stage, paper: PaperBooks): Promise<void> {
  const codes = [...paper.codes].toSorted();
  await asSuperuser(
    stage,
    `insert into finance.accounts (tenant_id, company_id, code, name, account_type)
     select c.tenant_id, c.id, a.code, a.code, a.account_type
     from finance.companies c, unnest($2::text[], $3::text[]) as a (code, account_type)
     where c.tenant_id = $1 on conflict do nothing`,
    [stage.tenantId, codes, codes.map(sectionOf)],
  );
  await asSuperuser(
    stage,
    `update finance.accounts a set parent_id = above.id
     from unnest($2::text[], $3::text[]) as u (code, above), finance.accounts above
     where a.tenant_id = $1 and a.code = u.code and above.tenant_id = $1 and above.code = u.above`,
    [stage.tenantId, codes, codes.map((code) => beginnings(code).at(-2) ?? null)],
  );
}

/** Compares both statements of every year, read by the views as an auditor, with the paper. */
async function expectAgreement(stage: Stage, paper: PaperBooks): Promise<void> {
  const read = (view: string, year: number): Promise<readonly Row[]> =>
    withClient(stage.database.login('auditor'), async (client) => {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [stage.tenantId]);
      const { rows } = await client.query<[string, string, string, string]>({
        rowMode: 'array',
        text: `select section, coalesce(code, name), amount_cents::text, total_cents::text from finance.${view}
          where fiscal_year_starts_on = make_date($1, 1, 1) and not is_unconverted and currency = 'USD'`,
        values: [year],
      });
      return rows.toSorted(byText);
    });
  for (const year of paper.years) {
    expect(await read('v_profit_and_loss', year), `${year}`).toEqual(paper.profitAndLoss(year));
    expect(await read('v_balance_sheet', year), `${year}`).toEqual(paper.balanceSheet(year));
  }
}
