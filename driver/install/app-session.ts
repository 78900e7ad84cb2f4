import type { ClientBase } from 'pg';
import type { Finding } from './doctor.ts';

/** What a session brings along when it begins. */
export interface SessionFacts {
  readonly installed: boolean;
  readonly login: string;
  readonly acting: string;
  readonly row_security: string;
  readonly replication_role: string;
  readonly search_path: string;
  readonly preset: string | null;
  readonly creatable: string | null;
}

const sessionFacts = `
  select to_regproc('aibos.current_tenant_id') is not null as installed, session_user::text as login, current_user::text as acting,
    current_setting('row_security') as row_security, current_setting('session_replication_role') as replication_role,
    current_setting('search_path') as search_path,
    (select string_agg(s.name || ' = ' || s.value, ', ')
       from (values ('app.tenant_id'), ('app.user_id'), ('app.request_id'), ('app.reason')) as n (name)
      cross join lateral (select n.name, current_setting(n.name, true) as value) s
      where s.value <> '') as preset,
    (select string_agg(s.name, ', ') from unnest(current_schemas(false)) as s (name)
      where has_schema_privilege(s.name, 'CREATE')) as creatable`;

/** Looks at the session of a client as it is; meant to be the first statement of it. */
export async function readSession(client: ClientBase): Promise<SessionFacts> {
  const { rows } = await client.query<SessionFacts>(sessionFacts);
  const [facts] = rows;
  if (facts === undefined) throw new Error('a query of one row answered none');
  return facts;
}

/** What of a session must not be so. */
export function judgeSession(session: SessionFacts): readonly Finding[] {
  const { login, acting, row_security, replication_role, search_path, preset, creatable } = session;
  const check = (name: string, isSound: boolean, detail: string, remediation: string): Finding => ({
    check_name: 'app_session',
    object: name,
    status: isSound ? 'PASS' : 'FAIL',
    detail,
    remediation: isSound ? 'Nothing to do.' : remediation,
  });
  return [
    check('role', acting === login, `It acts as ${acting}.`, `alter role "${login}" reset role`),
    check('row_security', row_security === 'on', `It is ${row_security}.`, 'Reset it.'),
    check(
      'session_replication_role',
      replication_role === 'origin',
      `It is ${replication_role}.`,
      'Reset it.',
    ),
    check(
      'context',
      preset === null,
      preset === null ? 'The session begins without a context.' : `It begins with ${preset}.`,
      'Reset the preset of login or database; behind a pooler find who sets it for the session.',
    ),
    check(
      'search_path',
      creatable === null && !/, *"?pg_catalog/.test(search_path),
      creatable === null ? search_path : `It may create in ${creatable}.`,
      'Revoke CREATE on these schemas, and leave pg_catalog out of the path.',
    ),
  ];
}
