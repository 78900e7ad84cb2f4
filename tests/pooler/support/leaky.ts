import { Duplex } from 'node:stream';
import type { ClientPool } from '../../../driver/index.ts';

/**
 * A pool in whose clients the driver sets the context for the session instead of the transaction: the fault that the tests
 * of poolers must find, planted in the bytes that are sent.
 */
export function leaky(pool: ClientPool): ClientPool {
  return {
    connect: async () => {
      const client = await pool.connect();
      const connection: unknown = Reflect.get(client, 'connection');
      const stream: unknown = connection instanceof Object && Reflect.get(connection, 'stream');
      if (!(stream instanceof Duplex)) throw new Error('no stream');
      // An own property stays for as long as the client lives, which may be lent again.
      if (!Object.hasOwn(stream, 'write')) {
        const write = stream.write.bind(stream);
        Reflect.set(stream, 'write', (bytes: Buffer) => {
          // As long as before, so no message changes its length.
          const text = bytes.toString('latin1').replaceAll(', true)', ',false)');
          return write(Buffer.from(text, 'latin1'));
        });
      }
      return client;
    },
  };
}
