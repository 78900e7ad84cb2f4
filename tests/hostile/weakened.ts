import type pg from 'pg';
import type { TenantDb } from '../../driver/index.ts';
import { carelessDb } from './careless.ts';

/** A change that undoes a guarantee, and the cases that must turn BROKEN for it. */
export interface Weakening {
  /** What was done, as a sentence without its end. */
  readonly name: string;
  /** Statements for a superuser; `:login`, `:own`, `:other` and `:database` stand for the names of the run. */
  readonly sql: string;
  /** Takes back what reaches beyond the database. */
  readonly undo?: string;
  readonly openDb?: (pool: pg.Pool) => TenantDb;
  readonly cases: readonly string[];
}

function weakened(name: string, sql: string, ...cases: readonly string[]): Weakening {
  return { name, sql, cases };
}

/** A weakening of the login itself, which belongs to the whole server. */
function login(name: string, sql: string, undo: string, ...cases: readonly string[]): Weakening {
  return { name, sql, undo, cases };
}

const noRowSecurity = `
alter table app.invoices disable row level security;
alter table app.invoice_lines disable row level security;`;
const noTriggers = `
alter table app.invoices disable trigger user;
alter table app.invoice_lines disable trigger user;`;
const bareLedger = `
alter table finance.journal_lines disable trigger user;
alter table finance.journal_entries disable trigger user;
alter table finance.journal_lines_part_1 disable trigger user;
alter table finance.journal_entries_part_1 disable trigger user;
alter table finance.journal_entries enable always trigger t30_stamp_entry;
do $drop$ declare k record; begin
  for k in select conrelid::regclass as t, conname from pg_constraint
    where conrelid in ('finance.journal_lines_part_1'::regclass, 'finance.journal_entries_part_1'::regclass)
      and contype = 'f' and conparentid = 0
  loop execute format('alter table %s drop constraint %I', k.t, k.conname); end loop;
end $drop$;`;
const rows = `(gen_random_uuid(), ':own', 'mine'), (gen_random_uuid(), ':other', 'theirs')`;

const readings = [
  ...['F16.select', 'F16.named', 'F16.key', 'F16.count', 'F16.exists', 'F16.sample', 'F16.ctid'],
  ...['F16.for update', 'F16.for no key update', 'F16.for share', 'F16.for key share'],
  ...['F13.cursor', 'F14.generic', 'F11.lateral', 'F11.window', 'F8.out', 'E4.table'],
];
const writings = [
  ...['F1', 'F4', 'F1.select', 'F5.nothing', 'F5.update', 'F7.insert', 'F8.in'],
  ...['F3', 'F3.key', 'F4.returning', 'F6', 'F7.matched', 'F7.delete', 'F11'],
];

/** What every weakened build does, and which cases must notice. */
export const weakenings: readonly Weakening[] = [
  weakened(
    'row security of two tables is off',
    noRowSecurity,
    ...[
      'A1',
      'A4',
      'A5',
      'A6',
      'A7',
      'A8',
      'A9',
      'B14',
      'C1',
      'C2',
      'C10',
      'C14',
      'C15',
      'D7',
      'D13',
    ],
    ...['G10', ...readings, ...writings],
  ),
  weakened(
    'row security and the guards of two tables are off',
    noRowSecurity + noTriggers,
    ...['A3', 'B11', 'F2', 'F2.take'],
  ),
  weakened(
    'row security is off and everybody may make temporary tables',
    `${noRowSecurity} grant temporary on database ":database" to public;`,
    ...['E7', 'F16.view', 'F16.table as'],
  ),
  weakened('a table is not forced', 'alter table app.invoices no force row level security', 'D13'),
  weakened(
    'a policy shows every row',
    'alter policy tenant_isolation on app.invoices using (true)',
    ...readings,
  ),
  weakened(
    'a policy checks nothing that is written',
    'alter policy tenant_isolation on finance.companies with check (true)',
    ...['F1', 'F5.nothing', 'F7.insert'],
  ),
  weakened(
    'a policy holds where no tenant is set',
    "alter policy tenant_isolation on app.invoices using (coalesce(current_setting('app.tenant_id', true), '') = '' or tenant_id = (select aibos.current_tenant_id()))",
    'A1',
  ),
  weakened(
    'a second policy is wider',
    'create policy wide on app.invoices for select to aibos_finance_role using (true)',
    ...['D11', 'F16.select', 'C15'],
  ),
  weakened(
    'a table of the user’s own has a tenant and no row security',
    `create table app.leads (id uuid primary key, tenant_id uuid not null, name text);
     insert into app.leads (id, tenant_id, name) values ${rows};
     grant select, insert, update, delete, truncate on app.leads to aibos_finance_role`,
    ...['D13', 'F16.select', 'F1', 'F2', 'F3', 'F6', 'F10', 'C15'],
  ),
  weakened(
    'a tenant that is suspended may write',
    `do $$ begin execute replace(pg_get_functiondef('aibos.assert_tenant_may_write()'::regprocedure),
       'tenant_status <> ''active''', 'false'); end $$`,
    'A10',
  ),
  weakened(
    'the context function is immutable',
    'alter function aibos.current_tenant_id() immutable',
    ...['A14.stable', 'F14.generic'],
  ),
  weakened(
    'anybody may sign, and read the keys',
    `create function aibos.sign(unknown_tenant text) returns text language sql as 'select unknown_tenant';
     grant execute on function aibos.sign(text) to aibos_finance_role;
     create table aibos.signing_keys (secret text); grant select on aibos.signing_keys to aibos_finance_role`,
    ...['B10', 'B10.keys'],
  ),
  weakened(
    'the login has a tenant by default',
    `alter role ":login" in database ":database" set app.tenant_id = ':other'`,
    ...['B13', 'C1'],
  ),
  {
    name: 'the driver is careless',
    sql: '',
    openDb: carelessDb,
    cases: ['C1', 'C3', 'C5', 'C7', 'C8', 'C10.driver', 'G13'],
  },
  login(
    'the login is beyond row security',
    'alter role ":login" bypassrls',
    'alter role ":login" nobypassrls',
    ...['D2', 'F16.select', 'E1', 'N11', 'C15', 'G10'],
  ),
  login(
    'the login is a member of the owner and may pass it on',
    'grant aibos_owner to ":login" with admin option',
    'revoke aibos_owner from ":login"',
    ...[
      'A14',
      'D4',
      'D5',
      'D6',
      'D12',
      'I1',
      'I1.force',
      'I2',
      'I3',
      'I3.alter',
      'I6',
      'I9',
      'I10',
    ],
    ...['I11', 'I12', 'I20', 'N13', 'N14'],
  ),
  login(
    'the login is a superuser',
    'alter role ":login" superuser',
    'alter role ":login" nosuperuser',
    ...[
      'B13.role',
      'B13.database',
      'D2',
      'D14',
      'E14',
      'H2',
      'H3',
      'H4',
      'H5.read',
      'I4',
      'I5',
      'I7',
      'I8',
    ],
    ...['I8.owner', 'I8.replace', 'I14', 'I16.create', 'I17', 'I21'],
  ),
  login(
    'the login may replicate and make roles',
    'alter role ":login" replication createrole',
    'alter role ":login" noreplication nocreaterole',
    ...['I5.slot', 'I13', 'I13.create'],
  ),
  weakened(
    'the login may create where others look',
    'grant create on schema public, aibos to ":login"; grant create on database ":database" to ":login"',
    ...['E8', 'I18', 'I20'],
  ),
  weakened(
    'a view reads with the rights of its owner',
    `create view app.v_all as select * from app.invoices; create view app.v_notes as select note from app.invoices;
     grant select on app.v_all, app.v_notes to aibos_finance_role`,
    ...['E1', 'E4'],
  ),
  weakened(
    'a materialized view keeps rows of all tenants',
    'create materialized view app.m_all as select * from app.invoices; grant select on app.m_all to aibos_finance_role',
    ...['H6', 'E1'],
  ),
  weakened(
    'a definer function runs what it is given, for everybody',
    `create function app.find(p_where text) returns setof text language plpgsql security definer as
       $$ begin return query execute 'select no from app.invoices where ' || p_where; end $$`,
    'E10',
  ),
  weakened(
    'a definer function takes the tenant as an argument',
    `create function app.total(p_tenant uuid) returns setof app.invoices language sql security definer as
       'select * from app.invoices where tenant_id = p_tenant'`,
    'E10',
  ),
  weakened(
    'the application may truncate, and no trigger minds',
    `grant truncate on finance.document_metadata to aibos_finance_role; alter table finance.document_metadata disable trigger user`,
    'F10',
  ),
  weakened(
    'the application may update a table of the ledger as a whole',
    'grant update on finance.accounts to aibos_finance_role',
    'F12',
  ),
  weakened(
    'a foreign key leaves the tenant out',
    `alter table app.invoice_lines drop constraint invoice_lines_invoice_id_fk;
     create unique index on app.invoices (id);
     alter table app.invoice_lines add constraint invoice_lines_invoice_id_fk foreign key (invoice_id) references app.invoices (id)`,
    ...['G1', 'G1.update', 'G2'],
  ),
  weakened(
    'a table refers to rows of several others, and no trigger looks',
    `create table app.notes (tenant_id uuid not null, id uuid not null, ref_type text not null, ref_id uuid not null, primary key (tenant_id, id));
     insert into app.notes values (':own', gen_random_uuid(), 'invoice', gen_random_uuid());
     call aibos.isolate_tenant('app.notes'); grant select, insert on app.notes to aibos_finance_role`,
    'G4',
  ),
  weakened(
    'a trigger notifies everybody of whole rows',
    `create function app.tell() returns trigger language plpgsql as
       $$ begin perform pg_notify('invoices', row_to_json(new)::text); return null; end $$;
     create trigger tell after insert on app.invoices for each row execute function app.tell()`,
    'H7',
  ),
  weakened(
    'rows of the ledger move between partitions',
    `${bareLedger} alter table finance.journal_lines disable row level security;
     alter table finance.journal_lines_part_1 disable row level security;
     grant update on finance.journal_lines to aibos_finance_role`,
    'H8',
  ),
  weakened(
    'a key leaves the tenant out',
    'alter table app.invoices add constraint invoices_no_uq unique (no)',
    'G5',
  ),
  weakened(
    'a sequence may be read and set',
    'grant select, update on sequence app.invoices_serial_no_seq to aibos_finance_role',
    'G7',
  ),
  weakened(
    'a partition is open',
    `${bareLedger} alter table finance.journal_lines_part_1 disable row level security;
     grant select, insert, delete, truncate on finance.journal_lines_part_1 to aibos_finance_role`,
    ...['H1', 'H1.insert', 'H1.delete', 'H1.truncate'],
  ),
  weakened(
    'an extension that connects is there for everybody',
    'create extension dblink; grant usage on schema public to public',
    'I16',
  ),
  weakened(
    'the ledger has no guards and no keys',
    `${bareLedger} alter table finance.journal_lines drop constraint journal_lines_one_side_ck;
     grant update on finance.journal_lines to aibos_finance_role; grant delete on finance.journal_entries to aibos_finance_role`,
    ...['G1.posting', 'K1', 'K2', 'K3', 'K4', 'K7', 'K16', 'K17', 'K25', 'K26'],
  ),
  weakened(
    'a reversal is not looked at',
    `do $$ begin execute regexp_replace(pg_get_functiondef('finance.reverse_journal(uuid, date, text)'::regprocedure),
       'AS \\$function\\$.*\\$function\\$', 'AS $function$ begin return null; end $function$'); end $$`,
    'L10',
  ),
  weakened(
    'every day lies in an open period',
    `${bareLedger} do $$ begin execute replace(pg_get_functiondef('finance.lock_open_period(uuid, uuid, date)'::regprocedure),
       'select p.id, p.name', 'return gen_random_uuid(); select p.id, p.name'); end $$`,
    'M1',
  ),
  weakened(
    'the audit log is an ordinary table',
    `alter table finance.audit_events disable trigger user; alter table finance.audit_events disable row level security;
     grant insert, update, delete, truncate on finance.audit_events to aibos_finance_role`,
    ...['N1', 'N2', 'N3', 'N4', 'N5', 'N11'],
  ),
];

/** Cases that no weakened build here turns BROKEN, and why. */
export const unbreakable: Readonly<Record<string, string>> = {
  'G10.estimate': 'the planner tells it by design: RESIDUAL at worst',
  'G10.filter': 'EXPLAIN ANALYZE tells it by design: RESIDUAL at worst',
  G11: 'the catalog tells it by design: RESIDUAL at worst',
  G14: 'it tries nothing: no test here measures time',
  G8: 'choosing an identity is a limit wherever INSERT covers the column: DEGRADED at worst',
  H5: 'large objects are open where the installer is no superuser: DEGRADED at worst',
};
