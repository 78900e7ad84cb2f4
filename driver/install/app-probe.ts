import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { FabricError, isServerError } from '../errors.ts';
import { judgeSession, readSession } from './app-session.ts';
import type { Finding } from './doctor.ts';
import { examineLogin } from './membership.ts';

/** Something that the login of an application must not be able to do. */
interface Attempt {
  readonly check: string;
  readonly what: string;
  readonly sql: string;
  /** How bad it is that it worked. */
  readonly status: 'WARN' | 'FAIL';
  readonly remediation: string;
}

const attempts: readonly Attempt[] = [
  {
    check: 'app_may_create',
    what: 'a schema',
    sql: 'create schema aibos_probe',
    status: 'FAIL',
    remediation: 'Revoke CREATE on the database.',
  },
  {
    check: 'app_may_create',
    what: 'a temporary table',
    sql: 'create temporary table aibos_probe (x int)',
    status: 'WARN',
    remediation: 'Revoke TEMPORARY on the database from PUBLIC.',
  },
  {
    check: 'app_may_create',
    what: 'a large object',
    sql: 'select lo_create(0)',
    status: 'WARN',
    remediation: 'As a superuser: revoke execute on the lo_* functions from public.',
  },
  {
    check: 'app_may_set',
    what: 'session_replication_role',
    sql: 'set local session_replication_role = replica',
    status: 'FAIL',
    remediation: 'Revoke SET on parameter session_replication_role.',
  },
  {
    check: 'app_may_read',
    what: 'files of the server',
    sql: "select pg_read_file('PG_VERSION')",
    status: 'FAIL',
    remediation: 'Revoke pg_read_server_files, and EXECUTE on pg_read_file.',
  },
];

/**
 * Connected as an application, tries what it must not be able to do, in one transaction that is rolled back: reading without a
 * tenant and for a tenant that nobody has, creating, switching guards off. Also looks at the session it was given.
 * @throws FabricError IB932 where the fabric is not installed.
 */
export async function probeApplication(client: ClientBase): Promise<readonly Finding[]> {
  // Before anything else: what the session brings along, perhaps from somebody else through a pooler.
  const session = await readSession(client);
  if (!session.installed) {
    throw new FabricError('IB932', 'the fabric is not installed in this database', {
      hint: 'Name the database the application works with.',
    });
  }
  const findings = [...judgeSession(session), ...(await examineLogin(client, session.login))];
  await client.query('begin');
  try {
    for (const attempt of attempts) {
      const refusal = await tried(client, attempt.sql);
      findings.push({
        check_name: attempt.check,
        object: attempt.what,
        status: refusal === undefined ? attempt.status : 'PASS',
        detail: refusal === undefined ? 'It worked.' : `Refused (${refusal}).`,
        remediation: refusal === undefined ? attempt.remediation : 'Nothing to do.',
      });
    }
    findings.push(await reading(client, 'without a tenant', ''));
    findings.push(await reading(client, 'for a tenant that nobody has', randomUUID()));
  } finally {
    await client.query('rollback');
  }
  return findings;
}

/** The SQLSTATE that a statement is refused with, or undefined where it worked; it is undone. */
async function tried(client: ClientBase, sql: string): Promise<string | undefined> {
  await client.query('savepoint attempt');
  try {
    await client.query(sql);
    return undefined;
  } catch (error) {
    if (!isServerError(error)) throw error;
    return error.code;
  } finally {
    await client.query('rollback to savepoint attempt');
  }
}

async function reading(client: ClientBase, how: string, tenant: string): Promise<Finding> {
  const { rows: tables } = await client.query<{ name: string }>(readableTables);
  const open: string[] = [];
  for (const { name } of tables) {
    await client.query('savepoint reading');
    try {
      await client.query("select set_config('app.tenant_id', $1, true)", [tenant]);
      const { rowCount } = await client.query(`select 1 from ${name} limit 1`);
      if (rowCount !== 0) open.push(name);
    } catch (error) {
      if (!isServerError(error)) throw error;
    } finally {
      await client.query('rollback to savepoint reading');
    }
  }
  return {
    check_name: 'app_reads_rows',
    object: how,
    status: open.length === 0 ? 'PASS' : 'FAIL',
    detail:
      open.length === 0
        ? `No row of ${tables.length} tables.`
        : `It reads rows of ${open.join(', ')}.`,
    remediation:
      open.length === 0 ? 'Nothing to do.' : 'Isolate these tables, and give it another login.',
  };
}

const readableTables = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'm', 'v') and n.nspname !~ '^(pg_|information_schema$)'
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
    and has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT')
  order by 1`;
