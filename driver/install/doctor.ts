import type { ClientBase } from 'pg';
import { FabricError } from '../errors.ts';
import { compareManifest, readApplied } from './manifest.ts';
import { type Plane, readMigrations } from './source.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly check_name: string;
  readonly object: string;
  readonly status: 'PASS' | 'WARN' | 'FAIL';
  readonly detail: string;
  readonly remediation: string;
}

/** Counts of one governance check. */
export interface SummaryRow {
  readonly check_name: string;
  readonly passed: string;
  readonly failed: string;
  readonly warned: string;
  readonly status: string;
}

/** What the server permits beyond the core, as last probed. */
export interface Capability {
  readonly name: string;
  readonly is_present: boolean;
  readonly detail: string;
  readonly costs_without: string;
}

/** What `aibos doctor` found. */
export interface DoctorReport {
  readonly server: string;
  readonly summary: readonly SummaryRow[];
  readonly findings: readonly Finding[];
  readonly capabilities: readonly Capability[];
}

const checkViews = [
  'aibos.v_tenant_isolation_check',
  'aibos.v_schema_boundary_check',
  'aibos.v_installation_check',
  'aibos.v_login_check',
  'aibos.v_environment_check',
  'finance.v_double_entry_check',
  'finance.v_immutability_check',
];

/**
 * Reads every governance check of a database, and compares the applied migrations with the ones of this package.
 *
 * The client's role must read the governance views (aibos_monitor_role, or a superuser). Throws IB932 where the fabric is
 * not installed.
 */
export async function examine(client: ClientBase): Promise<DoctorReport> {
  const { rows: facts } = await client.query<{ server: string; installed: boolean; plane: Plane }>(
    `select version() as server, to_regproc('aibos.governance_summary') is not null as installed,
       case when to_regnamespace('kernel') is null then 'fabric-data-plane'
         when to_regnamespace('finance') is null then 'fabric-control-plane' else 'fabric' end as plane`,
  );
  const [fact] = facts;
  if (fact?.installed !== true) {
    throw new FabricError('IB932', 'the fabric is not installed in this database', {
      hint: 'Install it: aibos migrate up, or psql -1 -v ON_ERROR_STOP=1 -f dist/sql/fabric.sql.',
    });
  }
  const { rows: summary } = await client.query<SummaryRow>(
    'select check_name, passed, failed, warned, status from aibos.governance_summary()',
  );
  const findings: Finding[] = [...(await manifestFindings(client, fact.plane))];
  for (const view of checkViews) {
    const { rows: found } = await client.query<{ present: boolean }>(
      'select to_regclass($1) is not null as present',
      [view],
    );
    if (found[0]?.present !== true) continue;
    const { rows } = await client.query<Finding>(
      `select check_name, object, status, detail, remediation from ${view}`,
    );
    findings.push(...rows);
  }
  const { rows: capabilities } = await client.query<Capability>(
    'select name, is_present, detail, costs_without from aibos.capabilities order by name',
  );
  return { server: fact.server, summary, findings: ordered(findings), capabilities };
}

/** Findings with the worst first, then by check and object. */
export function ordered(findings: readonly Finding[]): readonly Finding[] {
  const weight = { FAIL: 0, WARN: 1, PASS: 2 };
  return findings.toSorted(
    (a, b) =>
      weight[a.status] - weight[b.status] ||
      a.check_name.localeCompare(b.check_name) ||
      a.object.localeCompare(b.object),
  );
}

async function manifestFindings(client: ClientBase, plane: Plane): Promise<readonly Finding[]> {
  const rows = compareManifest(await readMigrations(plane), await readApplied(client));
  return rows.map(({ name, state }) => ({
    check_name: 'migration',
    object: name,
    status: state === 'applied' ? 'PASS' : state === 'pending' ? 'WARN' : 'FAIL',
    detail: {
      applied: 'Applied as it is in this package.',
      pending: 'Not applied yet.',
      edited: 'The file differs from the one that was applied.',
      missing: 'Applied, but not part of this package.',
    }[state],
    remediation:
      state === 'pending'
        ? 'aibos migrate up'
        : 'Use the version of the package that was installed, or a newer one.',
  }));
}
