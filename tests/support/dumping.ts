import { spawnSync } from 'node:child_process';

/** Why this machine cannot dump a server of a major; undefined where it can. pg_dump reads servers up to its own major. */
export function whyNoDump(major: number): string | undefined {
  const { stdout, status } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  const client = status === 0 ? Number(/(\d+)\./.exec(stdout)?.[1]) : undefined;
  if (client === undefined) return 'no pg_dump on this machine (Debian: postgresql-client)';
  return client < major ? `pg_dump ${client} cannot read PostgreSQL ${major}` : undefined;
}
