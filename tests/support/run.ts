import pg from 'pg';

/** A server that ends, or a dropped database, takes its connections along; that is no failure. */
export function ignoreLateErrors(client: pg.Client): pg.Client {
  client.on('error', () => {});
  return client;
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = ignoreLateErrors(new pg.Client(config));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
