import type { ClientBase } from 'pg';
import type { Canary } from './canary.ts';
import type { TableFacts } from './tables.ts';
import type { Holding } from './watcher.ts';

/** A function that the login may execute with the rights of another. */
export interface RoutineFacts {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly signature: string;
  readonly kind: 'f' | 'p';
  readonly isFabric: boolean;
  readonly types: readonly string[];
}

/** What the login under test sees beside tables. */
export interface Surroundings {
  readonly login: string;
  readonly isSuperuser: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly canReplicate: boolean;
  readonly canCreateRoles: boolean;
  readonly database: string;
  readonly routines: readonly RoutineFacts[];
  readonly sequences: readonly string[];
  readonly schemas: readonly string[];
  /** Roles that would lift a guarantee: owners, superusers, those beyond row security, those that reach files. */
  readonly mighty: readonly { readonly name: string; readonly isReachable: boolean }[];
  readonly settingOfTenant: string | null;
  readonly extensions: readonly string[];
}

/** Everything a case needs to write its trials. */
export interface Scene extends Surroundings {
  readonly own: Canary;
  readonly other: Canary;
  readonly suspended: Canary | undefined;
  readonly tables: readonly TableFacts[];
  readonly views: readonly TableFacts[];
  readonly ownHoldings: ReadonlyMap<string, Holding>;
  readonly otherHoldings: ReadonlyMap<string, Holding>;
  /** Whether the database accepts only signed contexts. */
  readonly isSigned: boolean;
  /** Whether a key that was live once is at hand, and the names of those that were. */
  readonly hasRetiredKey: boolean;
  readonly retiredKeyIds: readonly string[];
  /** Whether the login was taken on by SET ROLE, so that what RESET ROLE does says nothing. */
  readonly isAssumed: boolean;
}

const SURROUNDINGS = `
select current_user::text as login, r.rolsuper as "isSuperuser", r.rolbypassrls as "bypassesRowSecurity",
  r.rolreplication as "canReplicate", r.rolcreaterole as "canCreateRoles", current_database()::text as database,
  nullif(current_setting('app.tenant_id', true), '') as "settingOfTenant",
  coalesce((select json_agg(json_build_object('name', format('%I.%I', n.nspname, p.proname), 'signature', p.oid::regprocedure::text,
      'kind', p.prokind, 'isFabric', n.nspname in ('aibos', 'kernel', 'config', 'finance') and pg_get_userbyid(p.proowner) like 'aibos\\_%',
      'types', array(select format_type(a, null) from unnest(p.proargtypes) a)) order by p.oid::regprocedure::text)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.prosecdef and p.prokind in ('f', 'p') and n.nspname !~ '^(pg_|information_schema$)'
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')), '[]') as routines,
  coalesce((select json_agg(format('%I.%I', n.nspname, c.relname) order by 1) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and n.nspname !~ '^(pg_|information_schema$)' and has_schema_privilege(n.oid, 'usage')), '[]') as sequences,
  (select json_agg(n.nspname order by 1) from pg_namespace n
    where n.nspname in ('public', 'aibos', 'kernel', 'config', 'finance')) as schemas,
  coalesce((select json_agg(json_build_object('name', m.rolname, 'isReachable', pg_has_role(current_user, m.oid, 'USAGE')) order by m.rolname)
    from pg_roles m where m.rolname <> current_user and (m.rolsuper or m.rolbypassrls
      or m.rolname in ('aibos_owner', 'aibos_guard', 'aibos_poster', 'pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program',
        'pg_read_server_files', 'pg_write_server_files')
      or exists (select from pg_class c where c.relowner = m.oid and c.relkind in ('r', 'p') and c.relrowsecurity))), '[]') as mighty,
  coalesce((select json_agg(e.extname order by 1) from pg_extension e), '[]') as extensions
from pg_roles r where r.rolname = current_user`;

/** Reads what the client's role sees beside tables; the client must be outside a transaction, without a tenant. */
export async function readSurroundings(client: ClientBase): Promise<Surroundings> {
  const { rows } = await client.query<Surroundings>(SURROUNDINGS);
  const [row] = rows;
  if (row === undefined) throw new Error('the role of the session is gone');
  return row;
}

/** The tables whose rows the application may be able to write: no views. */
export function isBase(table: TableFacts): boolean {
  return table.kind === 'r' || table.kind === 'p';
}
