import { createServer, connect as dial, type Socket } from 'node:net';

/** A relay to a server that counts round trips: bursts from the client that come after something from the server. */
export interface Relay {
  readonly port: number;
  /** Round trips so far, over all connections. */
  trips(): number;
  close(): Promise<void>;
}

/** Opens a relay on 127.0.0.1; both ends must speak TCP. */
export async function openRelay(host: string, port: number): Promise<Relay> {
  let trips = 0;
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = dial({ host, port });
    let mayCount = true;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (bytes) => {
      if (mayCount) trips += 1;
      mayCount = false;
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      mayCount = true;
      near.write(bytes);
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
  });
  await new Promise<void>((resolve, reject) => {
    relay.once('error', reject);
    relay.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = relay.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    trips: () => trips,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => relay.close(() => resolve()));
    },
  };
}
