import type { ClientPool } from '../../../driver/index.ts';

/**
 * A pool in whose clients the driver sets the context for the session instead of the transaction: the fault that the tests
 * of poolers must find, planted in the statements themselves.
 */
export function leaky(pool: ClientPool): ClientPool {
  return {
    connect: async () => {
      const client = await pool.connect();
      const connection: unknown = Reflect.get(client, 'connection');
      if (typeof connection !== 'object' || connection === null) throw new Error('no connection');
      const parse: unknown = Reflect.get(connection, 'parse');
      if (typeof parse !== 'function') throw new Error('no parse');
      // An own property stays for as long as the client lives, which may be lent again.
      if (!Object.hasOwn(connection, 'parse')) {
        Reflect.set(connection, 'parse', (message: { text: string }, ...rest: unknown[]) =>
          Reflect.apply(parse, connection, [
            { ...message, text: message.text.replaceAll(', true)', ', false)') },
            ...rest,
          ]),
        );
      }
      return client;
    },
  };
}
