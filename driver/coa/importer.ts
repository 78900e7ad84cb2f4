import type { TenantContext } from '../context.ts';
import type { AccountTypeRules } from '../import/account-types.ts';
import { ImportError } from '../import/errors.ts';
import { known } from '../import/unit.ts';
import type { TenantDb } from '../tenant-db.ts';
import { type ChartProblem, checkRows } from './checking.ts';
import { planChart } from './planning.ts';
import { type ChartFormat, readChart } from './reading.ts';
import { type ChartReport, reportOf } from './report.ts';
import { ChartStore } from './store.ts';

/** What to import and how. */
export interface ChartOptions extends ChartFormat {
  /** Name of the file, for the report only. */
  readonly file: string;
  /** Company whose chart it is, by id or code. */
  readonly company: string;
  /** How accounts get their type that neither their row nor a parent has. */
  readonly accountTypes?: AccountTypeRules;
  /** Try everything against the database and roll it back. */
  readonly dryRun?: boolean;
}

/** Rolls a transaction back and carries what was found out in it. */
class RolledBack extends Error {
  readonly report: ChartReport;

  constructor(report: ChartReport) {
    super('rolled back on purpose');
    this.report = report;
  }
}

/**
 * Brings a chart of accounts in, all of it or, where any row is refused, nothing. Accounts that the file does not name
 * stay as they are; a second import of the same file changes nothing.
 * @throws ImportError when it cannot start (IB951 header, IB957 size, IB958 company), and any error of the database.
 */
export async function importChart(
  source: AsyncIterable<Uint8Array>,
  db: TenantDb,
  context: TenantContext,
  options: ChartOptions,
): Promise<ChartReport> {
  const { file, dryRun = false } = options;
  const broken: ChartProblem[] = [];
  const rows = await readChart(source, options).catch((error: unknown) => {
    if (!(error instanceof ImportError) || error.code !== 'IB952') throw error;
    const { line, code, message, hint = null } = error;
    broken.push({ line: line ?? 0, account: '', code, message, hint, by: 'importer' });
    return [];
  });
  try {
    return await ChartStore.run(db, context, async (store) => {
      const company = known(await store.company(options.company), options.company);
      const checked = checkRows(rows, await store.currencies());
      const plan = planChart(
        checked.wanted,
        await store.accounts(company.id),
        options.accountTypes ?? {},
      );
      // What hangs on a refused row is not judged as well.
      const isSound = broken.length === 0 && checked.problems.length === 0;
      const problems = [...broken, ...checked.problems, ...(isSound ? plan.problems : [])];
      const report = (committed: boolean) =>
        reportOf({ file, company, dryRun, committed, read: rows.length, plan, problems });
      if (problems.length > 0) throw new RolledBack(report(false));
      await store.write(company.id, plan.changes);
      if (dryRun) throw new RolledBack(report(false));
      return report(true);
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.report;
    throw error;
  }
}
