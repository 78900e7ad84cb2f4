import type pg from 'pg';
import { type Stage, setStage, signStage, withClient } from '../demo/stage.ts';
import { FabricError } from '../errors.ts';
import { retireContextKey } from '../install/context-keys.ts';
import { openServer } from '../server/index.ts';
import type { Canary } from './canary.ts';
import { demandsSignature } from './context.ts';
import { type Planting, plant } from './planting.ts';
import { type HostileReport, reportOf } from './report.ts';
import { type ContextSigner, type HostileKeys, signerOf } from './signer.ts';
import { type HostileTarget, runSuite, type SuiteOptions, type SuiteReport } from './suite.ts';

/** Whose database is attacked; without a URL the suite makes one of its own. */
export interface RunOptions extends SuiteOptions, HostileKeys {
  /** Connects as the login under test, or as an administrator who takes on `role`. */
  readonly url?: string | undefined;
  /** A superuser or a login of `aibos_admin`, who makes the tenants and watches. */
  readonly adminUrl?: string | undefined;
  readonly role?: string | undefined;
  /** Tenants that exist and have rows, where there is no administrator. */
  readonly tenants?:
    | { readonly own: string; readonly other: string; readonly userId: string }
    | undefined;
  /** Whether a throwaway database is left without a context key. */
  readonly unsigned?: boolean | undefined;
  /** Told once what the suite runs on. */
  readonly onStart?: ((what: string) => void) | undefined;
}

/**
 * Runs the hostile suite and reports it.
 * @throws FabricError IB932 without the fabric, IB935 without tenants, IB936 where contexts must be signed; and what the server says.
 */
export async function runHostile(options: RunOptions): Promise<HostileReport> {
  return options.url === undefined ? runOnThrowaway(options) : runOn(options.url, options);
}

async function runOnThrowaway(options: RunOptions): Promise<HostileReport> {
  const server = await openServer();
  try {
    options.onStart?.(server.describe());
    const stage = await setStage(server);
    try {
      const keys = options.unsigned === true ? {} : await installKeys(stage);
      const admin = stage.superuser ?? stage.login('admin');
      const app = stage.login('application');
      const everywhere = stage.superuser !== undefined;
      return await withPlanting(admin, everywhere, signerOf(keys), (tenants) =>
        runSuite({ app, watcher: admin, ...keys, ...tenants }, options),
      );
    } finally {
      await stage.close();
    }
  } finally {
    await server.close();
  }
}

async function runOn(url: string, options: RunOptions): Promise<HostileReport> {
  const { adminUrl, role, tenants, contextKey } = options;
  const app = { connectionString: url, application_name: 'aibos hostile' };
  await withClient(app, assertInstalled);
  options.onStart?.('Database: the given one; every attempt is rolled back.');
  if (adminUrl !== undefined) {
    const admin = { connectionString: adminUrl, application_name: 'aibos hostile watcher' };
    return withPlanting(admin, undefined, signerOf(options), (planted) =>
      runSuite({ app, role, watcher: admin, contextKey, ...planted }, options),
    );
  }
  if (tenants === undefined) {
    throw new FabricError('IB935', 'there are no tenants to attack with', {
      hint: 'Pass --admin-url, or --tenant-a, --tenant-b and --user of tenants that have rows.',
    });
  }
  const canary = (tenantId: string): Canary => ({
    ...{ tenantId: tenantId.toLowerCase(), userId: tenants.userId.toLowerCase() },
    ...{ marker: undefined, amount: 0n },
  });
  const started = { startedAt: new Date(), clock: performance.now() };
  const target: HostileTarget = {
    ...{ app, role, contextKey, own: canary(tenants.own), other: canary(tenants.other) },
  };
  return finished(await runSuite(target, options), started, {
    ...{ own: target.own, other: target.other, throwaway: false, gaps: [], remains: [] },
  });
}

/** Plants, runs and takes back; a throwaway database is dropped instead. */
async function withPlanting(
  admin: pg.ClientConfig,
  everywhere: boolean | undefined,
  signer: ContextSigner | undefined,
  attack: (planted: Pick<Planting, 'own' | 'other' | 'suspended'>) => Promise<SuiteReport>,
): Promise<HostileReport> {
  return withClient(admin, async (client) => {
    const started = { startedAt: new Date(), clock: performance.now() };
    const isThrowaway = everywhere !== undefined;
    await demandsSignature(client, signer);
    const planting = await plant(client, { signer, everywhere: everywhere ?? false });
    const { own, other, suspended, gaps } = planting;
    let remains: readonly string[] = [];
    let report: SuiteReport;
    try {
      report = await attack({ own, other, suspended });
    } finally {
      if (!isThrowaway) remains = await planting.remove();
    }
    return finished(report, started, { own, other, throwaway: isThrowaway, gaps, remains });
  });
}

function finished(
  report: SuiteReport,
  { startedAt, clock }: { readonly startedAt: Date; readonly clock: number },
  around: Pick<Planting, 'own' | 'other' | 'gaps'> & {
    readonly throwaway: boolean;
    readonly remains: readonly string[];
  },
): HostileReport {
  const { own, other, ...rest } = around;
  return reportOf(report, {
    ...{ startedAt, durationMs: Math.round(performance.now() - clock), ...rest },
    tenants: { own: own.tenantId, other: other.tenantId },
  });
}

/** Makes one key live and another one that was. */
async function installKeys(stage: Stage): Promise<HostileKeys> {
  const retiredKey = await signStage(stage);
  const contextKey = await signStage(stage);
  await withClient(stage.superuser ?? stage.owner, (client) =>
    retireContextKey(client, retiredKey.id),
  );
  return { contextKey, retiredKey };
}

async function assertInstalled(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    "select exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'aibos' and p.proname = 'current_tenant_id') as there",
  );
  if (rows[0]?.there === true) return;
  throw new FabricError('IB932', 'the fabric is not installed in this database', {
    hint: 'Run aibos migrate up, or leave --url out to try it in a throwaway database.',
  });
}
