import type { EventEmitter } from 'node:events';
import pg from 'pg';

/** Where a client is connected, and the key that the server, or the pooler before it, gave to cancel what runs there. */
export interface CancelKey {
  readonly host: string;
  readonly port: number;
  readonly ssl: pg.ClientConfig['ssl'];
  readonly sslNegotiation: string | undefined;
  /** Makes the socket, where the pool was told to make its own. */
  readonly stream: (() => unknown) | undefined;
  readonly processId: number;
  readonly secret: number;
}

/** The calls of `pg`'s connection that a cancel request makes. */
interface CancelConnection extends EventEmitter {
  readonly stream: { destroy(): void; unref?(): void };
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secret: number): void;
}

/** Reads the cancel key of a client; undefined for one that does not tell it, such as the native binding. */
export function cancelKeyOf(client: object, pool: object): CancelKey | undefined {
  const host: unknown = Reflect.get(client, 'host');
  const port: unknown = Reflect.get(client, 'port');
  const processId: unknown = Reflect.get(client, 'processID');
  const secret: unknown = Reflect.get(client, 'secretKey');
  if (typeof host !== 'string' || typeof port !== 'number') return undefined;
  if (typeof processId !== 'number' || typeof secret !== 'number') return undefined;
  const ssl: unknown = Reflect.get(client, 'ssl');
  const negotiation: unknown = Reflect.get(client, 'sslNegotiation');
  const options: unknown = Reflect.get(pool, 'options');
  const stream: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, 'stream') : undefined;
  return {
    host,
    port,
    ssl: typeof ssl === 'object' && ssl !== null ? ssl : ssl === true,
    sslNegotiation: typeof negotiation === 'string' ? negotiation : undefined,
    stream: typeof stream === 'function' ? () => Reflect.apply(stream, undefined, []) : undefined,
    processId,
    secret,
  };
}

/**
 * Asks a server on a second connection, by the same way and with the same TLS, to cancel what a client runs. The promise
 * is fulfilled when the server has closed that connection, which it does after it has signalled the backend: true for a
 * clean end, false where the request may be lost or still under way. It never rejects.
 */
export function sendCancelRequest(key: CancelKey, timeoutMs: number): Promise<boolean> {
  const options = { ssl: key.ssl, sslNegotiation: key.sslNegotiation, stream: key.stream };
  return new Promise<boolean>((resolve) => {
    const connection = new (pg.Connection as unknown as new (o: object) => CancelConnection)(
      Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    );
    let isSent = false;
    let isBroken = false;
    const timer = setTimeout(() => {
      isBroken = true;
      connection.stream.destroy();
      resolve(false);
    }, timeoutMs);
    const send = () => {
      connection.cancel(key.processId, key.secret);
      isSent = true;
    };
    const isDirectTls = key.sslNegotiation === 'direct';
    connection.once('connect', () => {
      if (!key.ssl) send();
      else if (!isDirectTls) connection.requestSsl();
    });
    connection.once('sslconnect', send);
    connection.on('error', () => {
      isBroken = true;
      connection.stream.destroy();
    });
    connection.once('end', () => {
      clearTimeout(timer);
      resolve(isSent && !isBroken);
    });
    if (key.host.startsWith('/')) connection.connect(`${key.host}/.s.PGSQL.${key.port}`);
    else connection.connect(key.port, key.host);
  });
}
