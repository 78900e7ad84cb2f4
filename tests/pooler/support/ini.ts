import { readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';

/** Settings of the section `[pgbouncer]` by name. */
export type Ini = Readonly<Record<string, string>>;

const file = path.join(import.meta.dirname, '../../../docker/pgbouncer.ini');

/** Settings that came with a later release of PgBouncer (119 is 1.19), which an older one refuses to start with. */
const since: Readonly<Record<string, number>> = { auth_dbname: 119, max_prepared_statements: 121 };

/** The settings of docker/pgbouncer.ini that a release knows, without those that only make sense there. */
export function settingsFor(version: number): Ini {
  const lines = readFileSync(file, 'utf8').split('\n');
  const settings = lines.slice(lines.indexOf('[pgbouncer]') + 1).flatMap((line) => {
    const [name, value] = line.split(/ = ?/, 2);
    return name && value !== undefined && !line.startsWith(';') ? [[name, value] as const] : [];
  });
  return Object.fromEntries(
    settings.filter(
      ([name]) => !/^auth_(user|query|dbname)$/.test(name) && (since[name] ?? 0) <= version,
    ),
  );
}

/** The text of a configuration that leads every database to `server`. */
export function writeIni(server: pg.ClientConfig, settings: Ini): string {
  return [
    '[databases]',
    `* = host=${server.host} port=${server.port}`,
    '[pgbouncer]',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n');
}
