import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import format from 'pg-format';
import { installerRole } from './logins.ts';

const busyLimitMs = 60_000;

/** Makes a database owned by the installer with the objects of a template, waiting while that is in use. */
export async function copyDatabase(
  admin: pg.Client,
  template: string,
  name: string,
): Promise<void> {
  const statement = format(
    'create database %I template %I owner %I',
    name,
    template,
    installerRole,
  );
  for (let waited = 0; ; waited += 20) {
    try {
      await admin.query(statement);
      return;
    } catch (reason) {
      // object_in_use: another session copies or still leaves the template.
      const busy = reason instanceof pg.DatabaseError && reason.code === '55006';
      if (!busy || waited >= busyLimitMs) throw reason;
      await delay(20);
    }
  }
}

/** Repeats the grants on a database itself, which a copy does not have. */
export async function copyGrants(admin: pg.Client, from: string, to: string): Promise<void> {
  const { rows } = await admin.query<{ grantee: string | null; privilege: string }>(
    `select r.rolname as grantee, a.privilege_type as privilege
       from pg_database d
      cross join lateral aclexplode(d.datacl) a
       left join pg_roles r on r.oid = a.grantee
      where d.datname = $1 and d.datacl is not null`,
    [from],
  );
  if (rows.length === 0) return;
  await admin.query(format('revoke all on database %I from public', to));
  for (const { grantee, privilege } of rows) {
    const target = grantee === null ? 'public' : format('%I', grantee);
    await admin.query(`grant ${privilege} ${format('on database %I', to)} to ${target}`);
  }
}
