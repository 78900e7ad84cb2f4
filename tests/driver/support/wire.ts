import { once } from 'node:events';
import net from 'node:net';
import type pg from 'pg';
import { afterAll } from 'vitest';

const open = new Map<net.Server, Set<net.Socket>>();
const CANCEL_REQUEST = 80_877_102;

afterAll(async () => {
  for (const [server, sockets] of open) {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
  open.clear();
});

/** When a line is cut: before the bytes reach the server, or in place of its answer to them. */
export type When = 'before' | 'after';

/** Bytes that were kept back. */
export interface Held {
  /** Fulfilled when there are some. */
  readonly caught: Promise<void>;
  /** Lets them go on. */
  release(): void;
}

/** A line between client and server that counts round trips, keeps bytes back and can be cut. */
export interface Line {
  readonly config: pg.ClientConfig;
  /** How often the client spoke and then waited, since the count was last read. */
  readTrips(): number;
  /** How many connections the server has ended. */
  readonly hangUps: number;
  /** How many requests to cancel came, since the count was last read. */
  readCancels(): number;
  /** How often the client sent these bytes since the line was opened. */
  countSent(text: string): number;
  /** Cuts the line when the client next sends these bytes: before they reach the server, or in place of its answer. */
  cutAt(text: string, when: When): void;
  /** Passes what the server next answers up to these bytes on, and then cuts the line. */
  cutAnswerAfter(text: string): void;
  /** Cuts every connection now. */
  cutNow(): void;
  /** Keeps back what the server answers once the client has sent these bytes. */
  holdAnswerTo(text: string): Held;
  /** Keeps back requests to cancel. */
  holdCancels(): Held;
}

interface Gate {
  readonly held: Held;
  pass(forward: () => void): void;
}

function createGate(): Gate {
  let isOpen = false;
  let caught = (): void => {};
  const waiting: (() => void)[] = [];
  const held = {
    caught: new Promise<void>((resolve) => {
      caught = resolve;
    }),
    release: () => {
      isOpen = true;
      for (const forward of waiting.splice(0)) forward();
    },
  };
  return {
    held,
    pass: (forward) => {
      if (isOpen) forward();
      else {
        waiting.push(forward);
        caught();
      }
    },
  };
}

/** Opens a line to a server on a free port of this machine, or on a socket of the given path. */
export async function openLine(config: pg.ClientConfig, path?: string): Promise<Line> {
  let trips = 0;
  let cancels = 0;
  let hangUps = 0;
  let cut: { text: string; when: When } | undefined;
  let hold: { text: string; gate: Gate } | undefined;
  let lastWords: string | undefined;
  let cancelGate: Gate | undefined;
  let sent = '';
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(config.port ?? 5432, config.host ?? '127.0.0.1');
    let clientSpokeLast = false;
    let isMute = false;
    let answers: Gate | undefined;
    const hangUp = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (chunk) => {
      if (chunk.length === 16 && chunk.readInt32BE(4) === CANCEL_REQUEST) {
        cancels += 1;
        if (cancelGate === undefined) upstream.write(chunk);
        else cancelGate.pass(() => upstream.write(chunk));
        return;
      }
      if (!clientSpokeLast) trips += 1;
      clientSpokeLast = true;
      sent += chunk.toString('latin1');
      if (cut !== undefined && chunk.includes(cut.text)) {
        const { when } = cut;
        cut = undefined;
        if (when === 'before') {
          hangUp();
          return;
        }
        isMute = true;
      }
      if (hold !== undefined && chunk.includes(hold.text)) {
        answers = hold.gate;
        hold = undefined;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      clientSpokeLast = false;
      const end = lastWords === undefined ? -1 : chunk.indexOf(lastWords);
      if (isMute) hangUp();
      else if (lastWords !== undefined && end >= 0) {
        client.end(chunk.subarray(0, end + lastWords.length), hangUp);
        lastWords = undefined;
      } else if (answers === undefined) client.write(chunk);
      else answers.pass(() => client.write(chunk));
    });
    upstream.once('end', () => {
      hangUps += 1;
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
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  open.set(server, sockets);
  const address = server.address();
  if (address === null) throw new Error('no address');
  return {
    config:
      typeof address === 'string' ? config : { ...config, host: '127.0.0.1', port: address.port },
    readTrips: () => {
      const read = trips;
      trips = 0;
      return read;
    },
    get hangUps() {
      return hangUps;
    },
    readCancels: () => {
      const read = cancels;
      cancels = 0;
      return read;
    },
    countSent: (text) => sent.split(text).length - 1,
    cutAt: (text, when) => {
      cut = { text, when };
    },
    cutAnswerAfter: (text) => {
      lastWords = text;
    },
    cutNow: () => {
      for (const socket of sockets) socket.destroy();
    },
    holdAnswerTo: (text) => {
      hold = { text, gate: createGate() };
      return hold.gate.held;
    },
    holdCancels: () => {
      cancelGate = createGate();
      return cancelGate.held;
    },
  };
}
