import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import type pg from 'pg';
import { afterAll } from 'vitest';

const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;

/** A line that speaks TLS to the client. */
export interface TlsLine {
  readonly config: pg.ClientConfig;
  /** How each request to cancel came. */
  readCancels(): readonly ('encrypted' | 'plain')[];
}

/** Opens a line that speaks TLS with a certificate made now; undefined without the openssl program. */
export async function openTlsLine(config: pg.ClientConfig): Promise<TlsLine | undefined> {
  const identity = makeCertificate();
  if (identity === undefined) return undefined;
  const cancels: ('encrypted' | 'plain')[] = [];
  const sockets = new Set<net.Socket>();
  const secureContext = createSecureContext(identity);
  const relay = (client: net.Socket, how: 'encrypted' | 'plain') => {
    const upstream = net.connect(config.port ?? 5432, config.host ?? '127.0.0.1');
    const hangUp = () => {
      client.destroy();
      upstream.destroy();
    };
    client.once('data', (chunk) => {
      if (chunk.length === 16 && chunk.readInt32BE(4) === CANCEL_REQUEST) cancels.push(how);
      upstream.write(chunk);
      client.pipe(upstream);
    });
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', hangUp).on('close', hangUp);
    }
  };
  const server = net.createServer((raw) => {
    sockets.add(raw);
    raw.on('error', () => raw.destroy());
    raw.once('data', (chunk) => {
      if (chunk.length === 8 && chunk.readInt32BE(4) === SSL_REQUEST) {
        const secure = new TLSSocket(raw, { isServer: true, secureContext });
        raw.write('S');
        relay(secure, 'encrypted');
      } else {
        raw.unshift(chunk);
        relay(raw, 'plain');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    config: { ...config, host: '127.0.0.1', port, ssl: { rejectUnauthorized: false } },
    readCancels: () => cancels.splice(0),
  };
}

function makeCertificate(): { readonly key: Buffer; readonly cert: Buffer } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'aibos-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 1 -keyout ${key} -out ${cert}`.split(
        ' ',
      ),
    );
    return made.status === 0 ? { key: readFileSync(key), cert: readFileSync(cert) } : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
