import { createHash } from 'node:crypto';
import pg from 'pg';
import type { TenantContext } from '../context.ts';
import type { ContextKey } from '../context-key.ts';
import { enterTenant } from '../hostile/context.ts';
import { signerOf } from '../hostile/signer.ts';
import type { Server } from '../server/index.ts';
import { TenantDb } from '../tenant-db.ts';
import { type Attack, type AttackedTenant, attacksOn, type Targets } from './attacks.ts';
import { type ChallengeTenant, challengeTenants } from './challenge.ts';
import {
  clearEvidence,
  exportViews,
  governanceViews,
  tenantViews,
  writeManifest,
} from './evidence.ts';
import { type AttackOutcome, fight } from './fight.ts';
import { accountId, type SeedResult, seedTenant } from './seed.ts';
import { type Stage, setStage, signStage, withClient } from './stage.ts';

/** A row of kernel.v_governance_summary. */
export interface GovernanceCheck {
  readonly check_name: string;
  readonly passed: string;
  readonly failed: string;
  readonly warned: string;
  readonly status: string;
}

/** A row of a check view that deserves a look. */
export interface Warning {
  readonly check_name: string;
  readonly object: string;
  readonly detail: string;
}

/** Books of the user's own, imported into a tenant of the challenge before it is attacked. */
export type ImportBooks = (
  login: pg.ClientConfig,
  tenant: ChallengeTenant,
  contextKey: ContextKey,
) => Promise<{ readonly companyId: string; readonly summary: string }>;

/** What the trust test tells while it runs. */
export interface TrustEvents {
  staged(stage: Stage): void;
  seeded(result: SeedResult): void;
  imported(summary: string): void;
  checked(checks: readonly GovernanceCheck[], when: 'before' | 'after'): void;
  warned(warnings: readonly Warning[]): void;
  attacked(outcome: AttackOutcome): void;
  unchanged(held: boolean, rows: number): void;
  exported(manifest: string, files: number): void;
}

/** How the trust test ended. */
export interface TrustResult {
  readonly held: boolean;
  readonly attacks: number;
  readonly refused: number;
  readonly failedChecks: number;
  readonly unchanged: boolean;
}

/**
 * The whole trust test on a server: stage, books, governance checks, attacks, the checks again, evidence.
 *
 * `held` is true only if every check passes before and after, every attack was answered as it must be, and not one row
 * of the ledger differs afterwards.
 */
export async function runTrustTest(
  server: Server,
  evidenceFolder: string,
  events: TrustEvents,
  importBooks?: ImportBooks,
): Promise<TrustResult> {
  const stage = await setStage(server);
  try {
    events.staged(stage);
    const contextKey = await signStage(stage);
    const targets = await book(stage, contextKey, events, importBooks);
    const before = await readChecks(stage);
    events.checked(before, 'before');
    events.warned(await readWarnings(stage));
    const fingerprint = await fingerprintOf(stage, contextKey, targets);

    const attacks: readonly Attack[] = attacksOn(targets);
    const outcomes = await fight(
      attacks,
      {
        connections: {
          application: stage.login('application'),
          ...(stage.superuser === undefined ? {} : { superuser: stage.superuser }),
        },
        tenantId: targets.own.tenantId,
        userId: targets.own.userId,
        contextKey,
      },
      (outcome) => events.attacked(outcome),
    );

    const after = await readChecks(stage);
    events.checked(after, 'after');
    const afterwards = await fingerprintOf(stage, contextKey, targets);
    const unchanged = fingerprint.hash === afterwards.hash;
    events.unchanged(unchanged, afterwards.rows);
    await exportEvidence(server, stage, contextKey, evidenceFolder, events);

    const failedChecks = [...before, ...after].filter((check) => check.status === 'FAIL').length;
    const refused = outcomes.filter((outcome) => outcome.held).length;
    return {
      held: unchanged && failedChecks === 0 && outcomes.length > 0 && refused === outcomes.length,
      attacks: outcomes.length,
      refused,
      failedChecks,
      unchanged,
    };
  } finally {
    await stage.close();
  }
}

async function book(
  stage: Stage,
  contextKey: ContextKey,
  events: TrustEvents,
  importBooks: ImportBooks | undefined,
): Promise<Targets> {
  const [own, other] = challengeTenants;
  const pool = new pg.Pool({ ...stage.login('admin'), max: 2 });
  pool.on('error', () => undefined);
  try {
    const db = new TenantDb(pool, { contextKey });
    const results: SeedResult[] = [];
    for (const tenant of challengeTenants) {
      const result = await seedTenant(db, tenant);
      events.seeded(result);
      results.push(result);
    }
    const seeded = results[0];
    if (seeded === undefined) throw new Error('the challenge has no tenant');
    let companyId = own.companyId;
    if (importBooks !== undefined) {
      const imported = await importBooks(stage.login('application'), own, contextKey);
      events.imported(imported.summary);
      companyId = imported.companyId;
    }
    const context = { tenantId: own.tenantId, userId: own.userId };
    // The entry to attack, with the accounts and the currency of its own lines: the user's books where there are some.
    const { rows } = await db.query<
      Record<'id' | 'day' | 'debited' | 'credited' | 'currency', string>
    >(
      context,
      `select e.id, e.entry_date::text as day, a.account_id as debited, b.account_id as credited, a.currency
       from finance.journal_entries e
       join finance.journal_lines a on a.tenant_id = e.tenant_id and a.journal_entry_id = e.id and a.debit_cents > 0
       join finance.journal_lines b on b.tenant_id = e.tenant_id and b.journal_entry_id = e.id and b.credit_cents > 0
         and b.currency = a.currency
       where e.tenant_id = $1 and e.company_id = $2 and e.entry_type = 'standard'
       order by e.entry_date, e.id, a.line_no, b.line_no limit 1`,
      [own.tenantId, companyId],
    );
    const [entry] = rows;
    if (entry === undefined) throw new Error('there is no entry to attack');
    return {
      own,
      other,
      entryId: entry.id,
      reversedEntryId: seeded.reversedEntryId,
      accounts: [entry.debited, entry.credited],
      otherAccountId: accountId(other, '1000'),
      companyId,
      currency: entry.currency,
      entryDate: entry.day,
    };
  } finally {
    await pool.end();
  }
}

/** Whose rows are read, by whom. */
function contextFor({ tenantId, userId }: AttackedTenant): TenantContext {
  return { tenantId, userId, reason: 'trust test' };
}

async function readChecks(stage: Stage): Promise<readonly GovernanceCheck[]> {
  return withClient(stage.login('monitor'), async (client) => {
    const { rows } = await client.query<GovernanceCheck>(
      'select check_name, passed, failed, warned, status from kernel.v_governance_summary',
    );
    return rows;
  });
}

async function readWarnings(stage: Stage): Promise<readonly Warning[]> {
  return withClient(stage.login('monitor'), async (client) => {
    const { rows } = await client.query<Warning>(
      `select check_name, object, detail from kernel.v_tenant_isolation_check
       where status = 'WARN' order by check_name, object`,
    );
    return rows;
  });
}

/** SHA-256 over every row of the ledger and its log that the two tenants can see, and how many rows that is. */
async function fingerprintOf(
  stage: Stage,
  contextKey: ContextKey,
  targets: Targets,
): Promise<{ readonly hash: string; readonly rows: number }> {
  const hash = createHash('sha256');
  let count = 0;
  await withClient(stage.login('auditor'), async (client) => {
    for (const tenant of [targets.own, targets.other]) {
      await client.query('begin');
      await enterTenant(client, contextFor(tenant), signerOf({ contextKey }));
      for (const table of [
        'finance.journal_entries',
        'finance.journal_lines',
        'finance.journal_keys',
        'finance.journal_reversals',
        'finance.audit_events',
      ]) {
        const { rows } = await client.query<{ line: string }>(
          `select t::text as line from ${table} t order by t::text collate "C"`,
        );
        for (const row of rows) hash.update(`${table} ${row.line}\n`);
        count += rows.length;
      }
      await client.query('commit');
    }
  });
  return { hash: hash.digest('hex'), rows: count };
}

async function exportEvidence(
  server: Server,
  stage: Stage,
  contextKey: ContextKey,
  folder: string,
  events: TrustEvents,
): Promise<void> {
  await clearEvidence(folder);
  const files = [
    ...(await withClient(stage.login('monitor'), (client) =>
      exportViews(client, governanceViews, folder),
    )),
  ];
  await withClient(stage.login('auditor'), async (client) => {
    for (const tenant of challengeTenants) {
      await client.query('begin');
      await enterTenant(client, contextFor(tenant), signerOf({ contextKey }));
      files.push(...(await exportViews(client, tenantViews, folder, `${tenant.slug}.`)));
      await client.query('commit');
    }
  });
  const facts = { exportedAt: new Date().toISOString(), server: server.version };
  events.exported(await writeManifest(folder, facts, files), files.length);
}
