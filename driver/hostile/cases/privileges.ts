import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { CaseName, Trial } from '../model.ts';
import { isBase } from '../scene.ts';
import { overTables } from './aiming.ts';
import { refusedCase, single } from './single.ts';

/** A definition that only an owner may change, tried on every table. */
function owning(id: string, title: string, sql: (name: string) => string): HostileCase {
  return overTables(
    { id, group: 'I', title, should: '42501' },
    ({ table }) => ({
      steps: [sql(table.name)],
      expect: { outcome: 'refused', past: /^(?:55P03|2BP01|0A000|42704)$/ },
    }),
    isBase,
  );
}

function privileged(id: string, title: string, trial: Trial): HostileCase {
  const name: CaseName = { id, group: 'I', title, should: '42501' };
  return single(name, trial);
}

/** Group I: definitions, privileges, replication, files. */
export const privilegeCases: readonly HostileCase[] = [
  owning('I1', 'Switch row security off', (t) => `alter table ${t} disable row level security`),
  owning(
    'I1.force',
    'Free the owner of row security',
    (t) => `alter table ${t} no force row level security`,
  ),
  owning('I2', 'Disable the triggers', (t) => `alter table ${t} disable trigger all`),
  owning('I3', 'Drop the tenant policy', (t) => `drop policy tenant_isolation on ${t}`),
  owning(
    'I3.alter',
    'Widen the tenant policy',
    (t) => `alter policy tenant_isolation on ${t} using (true)`,
  ),
  owning('I6', 'Drop the table', (t) => `drop table ${t} cascade`),
  owning(
    'I9',
    'Hang a trigger on the table',
    (t) => `create trigger hostile after insert on ${t} execute function aibos.forbid_change()`,
  ),
  owning(
    'I12',
    'Hang a rule on the table',
    (t) => `create rule hostile as on insert to ${t} do also nothing`,
  ),
  overTables(
    {
      id: 'I10',
      group: 'I',
      title: 'Pass rights on to everybody',
      should: '42501, or nothing is granted',
    },
    ({ table }) => ({
      // A grant without any right to grant is a warning and no error: what counts is what PUBLIC may do then.
      steps: [
        `grant select on ${table.name} to public`,
        `select count(*) from pg_class c, aclexplode(c.relacl) a where c.oid = ${format('%L', table.name)}::regclass and a.grantee = 0`,
      ],
      expect: { outcome: 'zero' },
    }),
  ),
  refusedCase('I4', 'Be a replica, for which ordinary triggers rest', [
    'set local session_replication_role = replica',
  ]),
  refusedCase('I5', 'Publish the rows of all tenants', [
    'create publication hostile for all tables',
  ]),
  privileged('I5.slot', 'Read the write-ahead log', {
    // A slot is not undone by a rollback, so this asks for the attribute it takes.
    steps: ['select rolreplication from pg_roles where rolname = current_user'],
    expect: { outcome: 'zero' },
  }),
  refusedCase('I7', 'Drop the context function with all that rests on it', [
    'drop function aibos.current_tenant_id() cascade',
  ]),
  refusedCase('I8', 'Lead the context function to other names', [
    'alter function aibos.current_tenant_id() set search_path = public',
  ]),
  refusedCase('I8.owner', 'Take the context function over', (scene) => [
    format('alter function aibos.current_tenant_id() owner to %I', scene.login),
  ]),
  refusedCase('I8.replace', 'Replace the context function', (scene) => [
    format(
      'create or replace function aibos.current_tenant_id() returns uuid language sql as $hostile$ select %L::uuid $hostile$',
      scene.other.tenantId,
    ),
  ]),
  refusedCase('I11', 'Open what the owner will make', [
    'alter default privileges for role aibos_owner grant all on tables to public',
  ]),
  privileged('I13', 'Make roles, which on PostgreSQL 15 can be granted to oneself', {
    steps: ['select rolcreaterole from pg_roles where rolname = current_user'],
    expect: { outcome: 'zero' },
  }),
  refusedCase('I13.create', 'Make a login', ['create role hostile_guest login']),
  {
    ...{ id: 'I14', group: 'I', title: 'Set a dangerous default for the own login' },
    should: '42501',
    trials: ({ login }) =>
      ["session_preload_libraries = 'hostile'", 'session_replication_role = replica'].map(
        (setting) => ({
          target: setting,
          steps: [`alter role ${format('%I', login)} set ${setting}`],
          expect: { outcome: 'refused' as const },
        }),
      ),
  },
  {
    ...{ id: 'I16', group: 'I', title: 'Come back as another role by a link' },
    should: 'no extension that connects, or no right to use it',
    trials: ({ extensions }) => {
      const links = extensions.filter((name) =>
        /^(?:dblink|postgres_fdw|file_fdw|plpython3u|plperlu)$/.test(name),
      );
      if (links.length === 0) {
        return { verdict: 'NOT APPLICABLE', reason: 'no extension reaches outside' };
      }
      return links.map((name) => ({
        target: name,
        steps: [
          format(
            "select (select count(*) from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' join pg_extension e on e.oid = d.refobjid where e.extname = %L and p.proname ~ '^dblink(_connect|_exec)?$' and has_function_privilege(p.oid, 'execute')) + (select count(*) from pg_foreign_data_wrapper w where w.fdwname = %L and has_foreign_data_wrapper_privilege(w.oid, 'usage')) + (select count(*) from pg_language l where l.lanname = %L and has_language_privilege(l.oid, 'usage'))",
            name,
            name,
            name,
          ),
        ],
        expect: { outcome: 'zero' as const },
      }));
    },
  },
  refusedCase(
    'I16.create',
    'Install an extension that connects',
    ['create extension dblink'],
    ['0A000', '58P01'],
  ),
  {
    ...{ id: 'I17', group: 'I', title: 'Reach files and programs of the server' },
    should: '42501',
    trials: () =>
      [
        "copy (select 1) to program 'true'",
        "copy (select 1) to '/dev/null'",
        "select pg_read_file('PG_VERSION')",
        "select pg_ls_dir('.')",
        "select lo_import('/etc/hostname')",
      ].map((sql) => ({
        target: sql,
        steps: [sql],
        expect: { outcome: 'refused' as const, past: /^(?:58|22|42883)/ },
      })),
  },
  refusedCase('I18', 'Make a schema', ['create schema hostile']),
  refusedCase('I20', 'Make a table beside the guards', ['create table aibos.hostile (id integer)']),
  refusedCase(
    'I21',
    'Listen to every definition',
    ['create event trigger hostile on ddl_command_end execute function aibos.forbid_change()'],
    [],
    /^42P17$/,
  ),
];
