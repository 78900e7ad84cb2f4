import pg from 'pg';
import { FabricError } from '../errors.ts';

/** The database a command works on: `--url`, else DATABASE_URL; throws IB931 where neither is given. */
export function databaseUrl(given: string | undefined): string {
  const url = given ?? process.env.DATABASE_URL;
  if (url === undefined || url === '') {
    throw new FabricError('IB931', 'no database was named', {
      hint: 'Pass --url postgres://user:password@host:5432/database, or set DATABASE_URL.',
    });
  }
  return url;
}

/** Connects to a database, runs the work and disconnects, whatever happens. */
export async function withDatabase<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'aibos' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
