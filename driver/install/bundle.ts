import { assembleReplay, assembleReturn, assembleRoles, section } from './replay.ts';
import { type Migration, type Plane, readMigrations } from './source.ts';

export type { Plane } from './source.ts';

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function dollarQuote(text: string, tag: string): string {
  const quote = `$${tag}$`;
  if (text.includes(quote)) {
    throw new Error(`a migration contains ${quote}, which the bundle uses to quote it`);
  }
  return `${quote}\n${text.trimEnd()}\n${quote}`;
}

/** A migration as a block that runs once: recorded with its hash in the same transaction, refused when edited since. */
function guardedMigration(migration: Migration): string {
  const name = literal(migration.name);
  const hash = literal(migration.sha256);
  return `do $migration_${migration.name.slice(0, 4)}$
declare
  applied_hash text;
begin
  if to_regclass('aibos.migrations_manifest') is not null then
    execute 'select m.sha256 from aibos.migrations_manifest m where m.name = $1' into applied_hash using ${name};
  end if;
  if applied_hash is null then
    execute ${dollarQuote(migration.up, `up_${migration.name.slice(0, 4)}`)};
    insert into aibos.migrations_manifest (name, sha256, reason)
    values (${name}, ${hash}, coalesce(nullif(current_setting('aibos.reason', true), ''), 'bundle'));
    insert into aibos.pgmigrations (name, run_on) values (${name}, now());
  elsif applied_hash <> ${hash} then
    raise exception using
      errcode = 'IB006',
      message = format('migration %s was edited after it had been applied', ${name}),
      detail = format('Applied: %s. This bundle: %s.', applied_hash, ${hash}),
      hint = 'Restore the file as it was applied and put the change into a new migration.';
  end if;
end
$migration_${migration.name.slice(0, 4)}$;
`;
}

/** Refuses a database that knows migrations which the bundle does not have: its older functions would undo what these brought. */
function refusalOfNewer(known: readonly Migration[]): string {
  const names = known.map(({ name }) => literal(name)).join(', ');
  return `do $newer$
declare
  unknown text;
begin
  if to_regclass('aibos.migrations_manifest') is null then
    return;
  end if;
  execute 'select string_agg(m.name, '', '' order by m.name) from aibos.migrations_manifest m where m.name <> all ($1)'
    into unknown using array[${names}];
  if unknown is not null then
    raise exception using
      errcode = 'IB008',
      message = 'this bundle is older than what is installed',
      detail = format('It does not know: %s.', unknown),
      hint = 'Use the bundle of the version that was installed, or of a newer one.';
  end if;
end
$newer$;
`;
}

/**
 * Text of a bundle: plain SQL that installs or upgrades a database and changes nothing when replayed.
 *
 * It must run inside one transaction, refuses (IB008) a database that a newer version installed, as a role that owns the database and has CREATEROLE, or as a superuser:
 * `psql -1 -v ON_ERROR_STOP=1 -f fabric.sql`.
 */
export async function assembleBundle(plane: Plane = 'fabric'): Promise<string> {
  const migrations = await readMigrations(plane);
  return [
    `-- AI-BOS Data Fabric: ${plane}. Apache-2.0.`,
    `-- Install or upgrade: psql -1 -v ON_ERROR_STOP=1 -f ${plane}.sql`,
    '-- PostgreSQL 15 to 18, as the owner of the database with CREATEROLE. Replaying it changes nothing.\n',
    await assembleRoles(),
    'set local role aibos_owner;\n',
    section('migrations', refusalOfNewer(await readMigrations())),
    ...migrations.map((migration) =>
      section(`migrations/${migration.name}`, guardedMigration(migration)),
    ),
    'reset role;\n',
    await assembleReplay(plane),
    await assembleReturn(),
  ].join('\n');
}
