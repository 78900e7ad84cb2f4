import type { ClientBase } from 'pg';
import { FabricError } from '../errors.ts';
import type { Finding } from './doctor.ts';

/** The roles of which a service has exactly one. */
const runTimeRoles: readonly string[] = [
  'aibos_kernel_role',
  'aibos_finance_role',
  'aibos_config_role',
  'aibos_admin',
  'aibos_auditor_role',
  'aibos_monitor_role',
];

/** Roles that are above the policies, or above the files of the server. */
const above =
  /^(?:aibos_(?:owner|guard|poster|migration)|pg_(?:read|write)_all_data|pg_(?:read|write)_server_files|pg_execute_server_program|pg_maintain|pg_create_subscription|pg_signal_backend|pg_database_owner)$/;

interface Login {
  readonly oid: string;
  readonly can_login: boolean;
  readonly attributes: string;
}

interface Reached {
  readonly role: string;
  readonly attributes: string;
  readonly inherits: boolean;
  readonly sets: boolean;
  readonly admin: boolean;
}

const attributes = `concat_ws(', ', case when r.rolsuper then 'SUPERUSER' end, case when r.rolbypassrls then 'BYPASSRLS' end,
  case when r.rolcreaterole then 'CREATEROLE' end, case when r.rolreplication then 'REPLICATION' end,
  case when r.rolcreatedb then 'CREATEDB' end) as attributes`;

// Since PostgreSQL 16 each membership says whether it inherits and whether it allows SET ROLE; before, the member does.
const closure = `
  with recursive edges as (
    select m.member, m.roleid, m.admin_option as admin,
      coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, u.rolinherit) as inherits,
      coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) as sets
    from pg_auth_members m join pg_roles u on u.oid = m.member
  ), reached as (
    select e.roleid, e.inherits, e.sets, e.admin from edges e where e.member = $1
    union
    select e.roleid, r.inherits and e.inherits, r.sets and e.sets, e.admin and (r.inherits or r.sets)
    from reached r join edges e on e.member = r.roleid
  )
  select r.rolname::text as role, ${attributes}, bool_or(x.inherits) as inherits, bool_or(x.sets) as sets, bool_or(x.admin) as admin
  from reached x join pg_roles r on r.oid = x.roleid
  group by r.oid, r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolreplication, r.rolcreatedb
  order by 1`;

/**
 * What the login of an application is and can become, judged more sternly than logins in general: it has no attribute, reaches
 * exactly one run-time role, and can pass nothing on. Any role may ask.
 * @throws FabricError IB946 where no such role exists.
 */
export async function examineLogin(client: ClientBase, name: string): Promise<readonly Finding[]> {
  const { rows: logins } = await client.query<Login>(
    `select r.oid::text, r.rolcanlogin as can_login, ${attributes} from pg_roles r where r.rolname = $1`,
    [name],
  );
  const [login] = logins;
  if (login === undefined) {
    throw new FabricError('IB946', `there is no role "${name}" on this server`, {
      hint: 'Name the login that the application connects with, as pg_roles has it.',
    });
  }
  const { rows: reached } = await client.query<Reached>(closure, [login.oid]);
  const finding = (
    check: string,
    status: Finding['status'],
    detail: string,
    remediation: string,
  ): Finding => ({ check_name: check, object: name, status, detail, remediation });
  return [
    login.can_login
      ? finding('app_login', 'PASS', 'It can log in.', 'Nothing to do.')
      : finding('app_login', 'WARN', 'It cannot log in.', 'Name the login, not a role of it.'),
    login.attributes === ''
      ? finding('app_attributes', 'PASS', 'It has no attribute beyond LOGIN.', 'Nothing to do.')
      : finding(
          'app_attributes',
          login.attributes === 'CREATEDB' ? 'WARN' : 'FAIL',
          `It has ${login.attributes}.`,
          `alter role "${name}" ${login.attributes
            .toLowerCase()
            .replaceAll(/(\w+)(?:, )?/g, 'no$1 ')
            .trim()}`,
        ),
    ...membershipFindings(reached, finding),
  ];
}

function membershipFindings(
  reached: readonly Reached[],
  finding: (
    check: string,
    status: Finding['status'],
    detail: string,
    remediation: string,
  ) => Finding,
): readonly Finding[] {
  const acting = reached.filter(({ inherits, sets }) => inherits || sets);
  const services = acting.filter(({ role }) => runTimeRoles.includes(role));
  const higher = acting.filter((one) => above.test(one.role) || one.attributes !== '');
  const passing = reached.filter(({ admin }) => admin);
  return [
    finding(
      'app_service',
      services.length === 1 ? 'PASS' : 'FAIL',
      services.length === 0 ? 'It reaches no run-time role.' : `It reaches ${shown(services)}.`,
      services.length === 1 ? 'Nothing to do.' : 'One login per service, a member of one role.',
    ),
    higher.length === 0
      ? finding('app_reach', 'PASS', 'It reaches no role above the policies.', 'Nothing to do.')
      : finding('app_reach', 'FAIL', `It reaches ${shown(higher)}.`, 'Revoke these roles from it.'),
    passing.length === 0
      ? finding('app_admin_option', 'PASS', 'It can pass no role on.', 'Nothing to do.')
      : finding(
          'app_admin_option',
          'FAIL',
          `It can pass on ${shown(passing)}.`,
          'Revoke the admin option for these from it.',
        ),
  ];
}

/** Roles with the ways they are reached by: the three flags of a membership, over all chains. */
function shown(roles: readonly Reached[]): string {
  return roles
    .map(({ role, attributes: has, inherits, sets, admin }) => {
      const flags = [
        inherits ? 'INHERIT' : '',
        sets ? 'SET' : '',
        admin ? 'ADMIN' : '',
        has,
      ].filter((flag) => flag !== '');
      return `${role} (${flags.join(', ')})`;
    })
    .join(', ');
}
