import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Batch, takesBatches } from '../../driver/batch.ts';

/** Records the messages of a batch instead of sending them. */
class RecordedWire extends EventEmitter {
  readonly messages: [string, unknown][] = [];
  readonly stream = {
    cork: () => this.messages.push(['cork', undefined]),
    uncork: () => this.messages.push(['uncork', undefined]),
  };
  parse = (message: unknown) => this.messages.push(['parse', message]);
  bind = (message: unknown) => this.messages.push(['bind', message]);
  describe = (message: unknown) => this.messages.push(['describe', message]);
  execute = () => this.messages.push(['execute', undefined]);
  sync = () => this.messages.push(['sync', undefined]);
  sendCopyFail = (reason: unknown) => this.messages.push(['copyFail', reason]);
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
    expect(wire.messages).toEqual([
      ['cork', undefined],
      ['parse', { text: 'select set_config($1)' }],
      ['bind', { values: ['x'] }],
      ['execute', undefined],
      ['parse', { text: 'select $1' }],
      ['bind', { values: [null] }],
      ['describe', { type: 'P' }],
      ['execute', undefined],
      ['sync', undefined],
      ['uncork', undefined],
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
    const described = wire.messages.map(([name]) => name).join(' ');
    expect(described).toMatch(
      /^cork (parse bind execute ){1}(parse bind describe execute ){3}sync/,
    );
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
    expect(wire.messages.at(-1)?.[0]).toBe('copyFail');
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
