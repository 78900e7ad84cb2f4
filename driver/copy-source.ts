import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { FabricError, isServerError } from './errors.ts';
import { badOption } from './options.ts';

/** A stream of the bytes of one COPY … TO STDOUT, which is also what `pg` sends. */
export interface CopySource extends Readable, pg.Submittable {
  /** How many rows the server said it sent. */
  readonly rowCount: number;
}

/** Makes the source of a COPY with the optional package pg-copy-streams. @throws FabricError IB985 without it. */
export async function createCopySource(text: string): Promise<CopySource> {
  let library: { to(text: string): CopySource };
  try {
    library = await import('pg-copy-streams');
  } catch (cause) {
    throw cannotCopy('The package pg-copy-streams could not be loaded.', cause);
  }
  return library.to(text);
}

/** @throws FabricError IB923 for anything that is no open stream to write to. */
export function assertWritable(into: unknown): asserts into is NodeJS.WritableStream {
  const isOpen =
    typeof into === 'object' &&
    into !== null &&
    ['write', 'end', 'on'].every((call) => typeof Reflect.get(into, call) === 'function') &&
    Reflect.get(into, 'writable') === true;
  if (!isOpen) throw badOption('into', 'a stream that is open for writing');
}

/** The refusal to copy at all (IB985). */
export function cannotCopy(detail: string, cause?: unknown): FabricError {
  return new FabricError('IB985', 'rows cannot be copied out', {
    detail,
    hint: 'Run npm install pg-copy-streams, and use clients of pg without pipeline and native binding; or read with stream().',
    cause,
  });
}

/** The end of a copy whose target failed (IB986). */
export function copyInterrupted(cause: unknown): FabricError {
  return new FabricError('IB986', 'the stream that rows were copied into failed', {
    detail: 'The connection was closed and the transaction rolled back.',
    hint: 'Look at the cause and copy again: what arrived is incomplete.',
    cause,
  });
}

/** What ended a flow early, and whether it was the target that failed rather than the server or the connection to it. */
export interface FlowEnd {
  readonly failure: unknown;
  readonly isOfTarget: boolean;
}

/** Sends a COPY and pipes it into a stream; done when the server is ready again. Closes the connection when the target fails. */
export async function flow(
  client: pg.PoolClient,
  source: CopySource,
  into: NodeJS.WritableStream,
): Promise<FlowEnd> {
  const connection = connectionOf(client);
  let failed: 'source' | 'target' | undefined;
  let failure: unknown;
  // Also for what the closed connection says later, which would otherwise be thrown at nobody.
  source.on('error', (error) => {
    failed ??= 'source';
    failure ??= error;
  });
  const leave = (error?: unknown) => {
    failed ??= 'target';
    failure ??= error;
  };
  into.once('error', leave);
  into.once('close', leave);
  const ready = readyOrEnded(connection);
  try {
    client.query(source);
    await pipeline(source, into);
    await ready;
    return { failure, isOfTarget: false };
  } catch (error) {
    const isOfTarget = failed === 'target';
    if (isOfTarget) connection.stream.destroy();
    else if (isServerError(failure)) await ready;
    return { failure: failure ?? error, isOfTarget };
  } finally {
    into.off('error', leave);
    into.off('close', leave);
  }
}

function readyOrEnded(connection: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      connection.off('readyForQuery', finish);
      connection.off('end', finish);
      resolve();
    };
    connection.on('readyForQuery', finish);
    connection.on('end', finish);
  });
}

interface Connection extends EventEmitter {
  readonly stream: { destroy(): void };
}

function connectionOf(client: pg.PoolClient): Connection {
  const connection: unknown = Reflect.get(client, 'connection');
  return connection as Connection;
}
