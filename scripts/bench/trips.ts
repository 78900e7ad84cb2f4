import { createServer, connect as dial, type Socket } from 'node:net';

/** A relay to a server that counts round trips: bursts from the client that come after something from the server. */
export interface Relay {
  readonly port: number;
  /** Round trips so far, over all connections. */
  trips(): number;
  close(): Promise<void>;
}

/**
 * Opens a relay on 127.0.0.1 to a server on a TCP port or, where the host is a folder, its socket there.
 * @param delayMs how long each packet is held back, either way. Timers are too coarse for half a millisecond, so the process
 * asks for the time until then; the client waits meanwhile anyway.
 */
export async function openRelay(host: string, port: number, delayMs = 0): Promise<Relay> {
  let trips = 0;
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = host.startsWith('/')
      ? dial({ path: `${host}/.s.PGSQL.${port}` })
      : dial({ host, port });
    let mayCount = true;
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    const toServer = delayed(far, delayMs);
    const toClient = delayed(near, delayMs);
    near.on('data', (bytes) => {
      if (mayCount) trips += 1;
      mayCount = false;
      toServer(bytes);
    });
    far.on('data', (bytes) => {
      mayCount = true;
      toClient(bytes);
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

/** Writes to a socket, in order, what comes after a delay. */
function delayed(socket: Socket, delayMs: number): (bytes: Uint8Array) => void {
  if (delayMs === 0) return (bytes) => void socket.write(bytes);
  const waiting: { readonly bytes: Uint8Array; readonly due: number }[] = [];
  const look = (): void => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (performance.now() < first.due) {
        setImmediate(look);
        return;
      }
      waiting.shift();
      if (!socket.destroyed && socket.writable) socket.write(first.bytes);
    }
  };
  return (bytes) => {
    waiting.push({ bytes, due: performance.now() + delayMs });
    if (waiting.length === 1) setImmediate(look);
  };
}
