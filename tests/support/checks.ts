import type { TestDatabase } from './database.ts';
import { withClient } from './run.ts';

/** The governance checks that fail, as the monitor sees them. */
export async function failingChecks(database: TestDatabase): Promise<readonly unknown[]> {
  // Alone: an installation elsewhere on the server lends itself roles, which the checks rightly report.
  return database.alone(() =>
    withClient(database.login('monitor'), async (monitor) => {
      const { rows } = await monitor.query(
        "select check_name, failed from kernel.v_governance_summary where status = 'FAIL'",
      );
      return rows;
    }),
  );
}
