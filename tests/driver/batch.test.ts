import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Batch, takesBatches } from '../../driver/batch.ts';

/** Records what a batch writes instead of sending it. */
class RecordedWire extends EventEmitter {
  readonly written: Buffer[] = [];
  readonly failures: string[] = [];
  readonly stream = {
    writable: true,
    write: (bytes: Buffer) => {
      this.written.push(bytes);
      return true;
    },
  };
  sendCopyFail = (reason: string) => {
    this.failures.push(reason);
  };

  /** The messages by their letters, with their contents. */
  get messages(): [string, string][] {
    const bytes = Buffer.concat(this.written);
    const messages: [string, string][] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + bytes.readInt32BE(at + 1);
      messages.push([bytes.toString('latin1', at, at + 1), bytes.toString('latin1', at + 5, end)]);
      at = end;
    }
    return messages;
  }
}

const statements = [
  { text: 'select set_config($1)', values: ['x'] },
  { text: 'select $1', values: [null] },
];

function submitted(): { wire: RecordedWire; batch: Batch } {
  const wire = new RecordedWire();
  const batch = new Batch(statements);
  expect(batch.submit(wire)).toBeNull();
  return { wire, batch };
}

const refused = Object.assign(new Error('refused'), { code: '23505', severity: 'ERROR' });

const column = { tableID: 0, columnID: 0, dataTypeSize: 4, dataTypeModifier: -1, format: 'text' };

describe('a batch', () => {
  test('sends unnamed statements in one piece under one Sync', () => {
    const { wire, batch } = submitted();
    expect(wire.written).toHaveLength(1);
    expect(wire.messages).toEqual([
      ['P', '\0select set_config($1)\0\0\0'],
      ['B', '\0\0\0\x01\0\0\0\x01\0\0\0\x01x\0\0'],
      ['E', '\0\0\0\0\0'],
      ['P', '\0select $1\0\0\0'],
      ['B', '\0\0\0\x01\0\0\0\x01\xff\xff\xff\xff\0\0'],
      ['D', 'P\0'],
      ['E', '\0\0\0\0\0'],
      ['S', ''],
    ]);
    expect(batch.sent).toBe(true);
  });

  test('returns the rows of its last statement alone, once the server is ready', async () => {
    const { batch } = submitted();
    let isDone = false;
    void batch.done.then(() => {
      isDone = true;
    });
    batch.handleDataRow({ fields: ['echo of the context'] });
    batch.handleCommandComplete({ text: 'SELECT 1' });
    batch.handleRowDescription({ fields: [{ ...column, name: 'n', dataTypeID: 23 }] });
    batch.handleDataRow({ fields: ['7'] });
    batch.handleDataRow({ fields: [null] });
    batch.handleCommandComplete({ text: 'SELECT 2' });
    await setImmediate();
    expect(isDone).toBe(false);
    batch.handleReadyForQuery();
    expect(await batch.done).toEqual({
      rows: [{ n: 7 }, { n: null }],
      fields: [{ ...column, name: 'n', dataTypeID: 23 }],
      tags: ['SELECT 1', 'SELECT 2'],
      each: [
        {
          rows: [{ n: 7 }, { n: null }],
          fields: [{ ...column, name: 'n', dataTypeID: 23 }],
          tags: ['SELECT 2'],
        },
      ],
    });
  });

  test('returns the rows of each statement from the first one asked for, those without rows included', async () => {
    const wire = new RecordedWire();
    const plain = { text: 'x', values: [] };
    const batch = new Batch([plain, plain, plain, plain], { wanted: { first: 1, last: 3 } });
    batch.submit(wire);
    expect(wire.messages.map(([name]) => name).join(' ')).toBe('P B E P B D E P B D E P B D E S');
    batch.handleDataRow({ fields: ['echo of the context'] });
    batch.handleCommandComplete({ text: 'SELECT 1' });
    batch.handleRowDescription({ fields: [{ ...column, name: 'n', dataTypeID: 23 }] });
    batch.handleDataRow({ fields: ['7'] });
    batch.handleCommandComplete({ text: 'SELECT 1' });
    batch.handleCommandComplete({ text: 'DELETE 3' });
    batch.handleRowDescription({ fields: [{ ...column, name: 't', dataTypeID: 25 }] });
    batch.handleCommandComplete({ text: 'SELECT 0' });
    batch.handleReadyForQuery();
    const { each } = await batch.done;
    expect(each.map(({ rows, tags }) => ({ rows, tags }))).toEqual([
      { rows: [{ n: 7 }], tags: ['SELECT 1'] },
      { rows: [], tags: ['DELETE 3'] },
      { rows: [], tags: ['SELECT 0'] },
    ]);
  });

  test('waits after an error of the server until it is ready again', async () => {
    const { wire, batch } = submitted();
    let isDone = false;
    const outcome = batch.done.catch((error: unknown) => {
      isDone = true;
      return error;
    });
    batch.handleError(refused, wire);
    await setImmediate();
    expect(isDone).toBe(false);
    wire.emit('readyForQuery', { status: 'I' });
    expect(await outcome).toBe(refused);
    expect(wire.listenerCount('readyForQuery') + wire.listenerCount('end')).toBe(0);
  });

  test('does not wait after an error of the server for a connection that ends', async () => {
    const { wire, batch } = submitted();
    const outcome = batch.done.catch((error: unknown) => error);
    batch.handleError(refused, wire);
    wire.emit('end');
    expect(await outcome).toBe(refused);
  });

  test('ends at once with an error of the connection, and tells the read timeout', async () => {
    const { wire, batch } = submitted();
    const told: unknown[] = [];
    batch.callback = (error) => told.push(error);
    const lost = new Error('Connection terminated');
    batch.handleError(lost, wire);
    batch.handleError(new Error('again'), wire);
    batch.handleReadyForQuery();
    await expect(batch.done).rejects.toBe(lost);
    expect(told).toEqual([lost]);
  });

  test('does not start where it may not', async () => {
    const wire = new RecordedWire();
    const batch = new Batch(statements, { mayStart: () => false });
    expect(batch.submit(wire)).toMatchObject({ code: 'IB922' });
    expect(wire.messages).toEqual([]);
    expect(batch.sent).toBe(false);
  });

  test('refuses to feed a COPY', () => {
    const { wire, batch } = submitted();
    batch.handleCopyInResponse(wire);
    expect(wire.failures).toHaveLength(1);
  });
});

test('a client takes batches when it speaks the protocol itself, one query at a time', () => {
  const connection = new RecordedWire();
  const getTransactionStatus = () => 'I';
  expect(takesBatches({ connection, getTransactionStatus })).toBe(true);
  expect(takesBatches({ connection, getTransactionStatus, pipeline: true })).toBe(false);
  expect(takesBatches({ connection })).toBe(false);
  expect(takesBatches({ getTransactionStatus, native: {} })).toBe(false);
});
