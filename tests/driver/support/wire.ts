import { once } from 'node:events';
import net from 'node:net';
import type pg from 'pg';
import { afterAll } from 'vitest';

const open = new Map<net.Server, Set<net.Socket>>();

afterAll(async () => {
  for (const [server, sockets] of open) {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
  open.clear();
});

/** A line between client and server that counts round trips and can be cut. */
export interface Line {
  readonly config: pg.ClientConfig;
  /** How often the client spoke and then waited, since the count was last read. */
  readTrips(): number;
  /** Cuts the line when the client next sends these bytes: before they reach the server, or in place of its answer. */
  cutAt(text: string, when: 'before' | 'after'): void;
  /** Cuts every connection of this moment, whatever is under way on it. */
  cutAll(): void;
}

/** Opens a line to a server on a free port of this machine. */
export async function openLine(config: pg.ClientConfig): Promise<Line> {
  let trips = 0;
  let cut: { text: string; when: 'before' | 'after' } | undefined;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(config.port ?? 5432, config.host ?? '127.0.0.1');
    let clientSpokeLast = false;
    let isMute = false;
    const hangUp = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (chunk) => {
      if (!clientSpokeLast) trips += 1;
      clientSpokeLast = true;
      if (cut !== undefined && chunk.includes(cut.text)) {
        const { when } = cut;
        cut = undefined;
        if (when === 'before') {
          hangUp();
          return;
        }
        isMute = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      clientSpokeLast = false;
      if (isMute) hangUp();
      else client.write(chunk);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', hangUp);
      socket.on('close', () => {
        sockets.delete(socket);
        hangUp();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.set(server, sockets);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    config: { ...config, host: '127.0.0.1', port: address.port },
    readTrips: () => {
      const read = trips;
      trips = 0;
      return read;
    },
    cutAt: (text, when) => {
      cut = { text, when };
    },
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
