import { expect, it } from 'vitest';
import { readOptions } from '../../scripts/bench/options.ts';
import { rowNames } from '../../scripts/bench/rows/index.ts';
import { runBench } from '../../scripts/bench/run.ts';
import { connectionUrl } from '../support/clients.ts';
import { testServer } from '../support/database.ts';
import { adminConfig } from '../support/logins.ts';
import { withClient } from '../support/run.ts';
import { alone } from '../support/templates.ts';

it('a quick run posts through every variant and leaves nothing on a given server', {
  timeout: 180_000,
}, async () => {
  const server = testServer();
  const config = adminConfig(server, 'postgres');
  const leftovers = () =>
    withClient(config, async (admin) => {
      const { rows } = await admin.query(
        String.raw`select rolname as name from pg_roles where rolname like 'aibos\_bench\_%'`,
      );
      return rows;
    });
  const rows = ['post', 'arrays', 'hot', 'bulk', 'driver-network', 'integrity', 'pgledger'];
  const options = readOptions(
    ['--quick', '--rows', rows.join(), '--url', connectionUrl(config)],
    rowNames,
  );
  if (options === undefined) throw new Error('help was asked for');
  const before = await leftovers();
  const report = await alone(server, () => runBench(options, () => {}));

  expect(report.server).toBe(server.version);
  expect(report.tripsPerStatement).toBe(1);
  // Without a checkout of the peer its row is not run, and says so.
  expect(report.skipped.map(({ row }) => row)).toEqual(['pgledger']);
  const run = rows.filter((row) => row !== 'pgledger');
  expect(new Set(report.comparisons.map(({ row }) => row))).toEqual(new Set(run));
  const isRead = (row: string) => row === 'driver-network' || row === 'integrity';
  for (const { row, title, variants, written } of report.comparisons) {
    expect(written === undefined, `${title}: ${written}`).toBe(isRead(row));
    for (const { name, rounds } of variants) {
      expect(rounds, `${title}: ${name}`).toHaveLength(1);
      expect(rounds[0]?.perSecond, `${title}: ${name}`).toBeGreaterThan(0);
    }
  }
  expect(await leftovers()).toEqual(before);
});
