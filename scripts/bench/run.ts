import os from 'node:os';
import pg from 'pg';
import { TenantDb } from '../../driver/index.ts';
import { accountId, tenantId, userId } from './books.ts';
import { measure } from './compare.ts';
import type { BenchOptions } from './options.ts';
import { type ComparisonReport, type Report, reportOf } from './report.ts';
import { planOf } from './rows/index.ts';
import { openStage, type Stage } from './stage.ts';
import { openRelay } from './trips.ts';

/** Runs the chosen rows on a server of their own or a given one; `progress` is told what goes on. */
export async function runBench(
  options: BenchOptions,
  progress: (line: string) => void,
): Promise<Report> {
  const date = new Date().toISOString();
  const stage = await openStage({ url: options.url, major: options.major });
  try {
    progress(stage.server.describe());
    const checkpoints = await stage.checkpoint();
    const { comparisons: chosen, skipped } = planOf(options);
    for (const { row, reason } of skipped) progress(`row ${row} is skipped: ${reason}`);
    const comparisons: ComparisonReport[] = [];
    for (const [index, comparison] of chosen.entries()) {
      const measured = await measure(stage, comparison, {
        ...options,
        progress: (line) => progress(`[${index + 1}/${chosen.length}] ${line}`),
      });
      comparisons.push(...measured.map(reportOf));
    }
    return {
      date,
      server: stage.server.version,
      settings: stage.settings,
      machine: machine(),
      client: `Node ${process.version}, pg`,
      rounds: options.rounds,
      checkpoints,
      comparisons,
      skipped,
      ...(options.rows.some((row) => row.startsWith('driver'))
        ? { tripsPerStatement: await countTrips(stage) }
        : {}),
    };
  } finally {
    await stage.close();
  }
}

/** Round trips of one TenantDb.select on an open connection; undefined where the connection is encrypted. */
async function countTrips(stage: Stage): Promise<number | undefined> {
  const database = await stage.fork();
  // A client resolves a connection URL into host and port without connecting.
  const target = new pg.Client(stage.application(database, {}));
  if (target.ssl) return undefined;
  const relay = await openRelay(target.host, target.port);
  const pool = new pg.Pool({
    host: '127.0.0.1',
    port: relay.port,
    user: target.user,
    password: target.password,
    database,
    max: 1,
  });
  try {
    const db = new TenantDb(pool);
    const select = () =>
      db.select({ tenantId: tenantId(0), userId }, 'finance.accounts', ['id', 'name'], {
        id: accountId(0, 0),
      });
    await select();
    const before = relay.trips();
    await select();
    return relay.trips() - before;
  } finally {
    await pool.end();
    await relay.close();
  }
}

function machine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus.length} × ${cpus[0]?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, ${os.type()}`;
}
