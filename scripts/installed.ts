import pg from 'pg';
import { installFabric } from '../driver/install/install.ts';
import { openServer } from '../driver/server/index.ts';

/** Works on the database behind a URL, or, without one, on a throwaway database with the bundle as it is in this checkout. */
export async function withInstalled<T>(
  url: string | undefined,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  if (url !== undefined) return withClient({ connectionString: url }, work);
  const server = await openServer();
  try {
    const database = await server.createDatabase();
    try {
      return await withClient(server.connection({ database }), async (client) => {
        await installFabric(client);
        return await work(client);
      });
    } finally {
      await server.dropDatabase(database);
    }
  } finally {
    await server.close();
  }
}

async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
