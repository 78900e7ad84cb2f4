import { Readable } from 'node:stream';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type EntrySource,
  FabricError,
  type NewJournalEntry,
  type PostedEntry,
  PostingError,
  type PostJournalsOptions,
  TenantDb,
  type TenantTransaction,
} from '../../driver/index.ts';
import { readPostingOptions } from '../../driver/posting-options.ts';
import { Postings } from '../../driver/postings.ts';
import type { Statement } from '../../driver/statements.ts';
import type { FabricTables } from '../../driver/tenant-db.ts';
import { type Fabric, openFabric } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';
import { openLine } from './support/wire.ts';

let fabric: Fabric;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  pool = fabric.pool('finance');
  db = new TenantDb(pool);
});

/** A sale of one amount, balanced unless told otherwise. */
function sale(description: string, facts: Partial<NewJournalEntry> = {}): NewJournalEntry {
  const { companyId, cash, sales } = fabric.acme;
  return {
    companyId,
    entryDate: '2026-03-15',
    description,
    lines: [
      { accountId: cash, currency: 'USD', debitCents: 1200n },
      { accountId: sales, currency: 'USD', creditCents: '1200' },
    ],
    ...facts,
  };
}

function unbalanced(description: string): NewJournalEntry {
  const { cash, sales } = fabric.acme;
  return sale(description, {
    lines: [
      { accountId: cash, currency: 'USD', debitCents: 5 },
      { accountId: sales, currency: 'USD', creditCents: 4 },
    ],
  });
}

/** Entries one by one, that count how many were asked for and whether they were told to end. */
function counted(total: number, make: (at: number) => NewJournalEntry) {
  const seen = { pulls: 0, isEnded: false };
  async function* source() {
    try {
      for (let at = 0; at < total; at++) {
        seen.pulls += 1;
        yield make(at);
      }
    } finally {
      seen.isEnded = true;
    }
  }
  return { seen, source: source() };
}

async function all(results: AsyncIterable<PostedEntry>): Promise<PostedEntry[]> {
  const list: PostedEntry[] = [];
  for await (const result of results) list.push(result);
  return list;
}

const postAll = (entries: EntrySource, options?: PostJournalsOptions) =>
  db.transaction(fabric.acme.context, (tx) => all(tx.postJournals(entries, options)));

async function booked(prefix: string): Promise<number> {
  const { rows } = await db.query<{ entries: string }>(
    fabric.acme.context,
    'select count(*) as entries from finance.journal_entries e where starts_with(e.description, $1)',
    [prefix],
  );
  return Number(rows[0]?.entries);
}

describe('a stream of entries', () => {
  test('is posted in order, and each result has its place in the stream', async () => {
    const entries = Array.from({ length: 7 }, (_, at) => sale(`ordered ${at}`));
    const results = await postAll(entries, { batchSize: 3 });
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const { rows } = await db.select(
      fabric.acme.context,
      'journal_entries',
      ['id', 'description'],
      { id: { in: results.map(({ id }) => id ?? '') } },
      { orderBy: ['description'] },
    );
    expect(rows).toEqual(results.map(({ id, index }) => ({ id, description: `ordered ${index}` })));
    expect(results.every(({ outcome }) => outcome === 'posted')).toBe(true);
  });

  test('may be a list, a generator, an async generator or a readable stream', async () => {
    const make = (kind: string) => [sale(`kind ${kind} 1`), sale(`kind ${kind} 2`)];
    await postAll(make('list'));
    await postAll(make('iterator').values());
    await postAll(
      (async function* () {
        yield* make('async');
      })(),
    );
    await postAll(Readable.from(make('stream')));
    expect(await booked('kind ')).toBe(8);
  });

  test('without entries posts nothing, sends nothing and has no results', async () => {
    const untouched = new UntouchedPool();
    const results = new TenantDb(untouched).postJournals(someone, [], { transaction: 'each' });
    expect(await all(results)).toEqual([]);
    expect(untouched.asked).toBe(0);
    expect(await postAll([])).toEqual([]);
  });

  test('takes amounts as bigints, digits and safe integers, up to 10^17', async () => {
    const { cash, sales } = fabric.acme;
    const most = 10n ** 17n;
    await postAll([
      sale('amounts 1', {
        lines: [
          { accountId: cash, currency: 'USD', debitCents: most, creditCents: 0, memo: 'all of it' },
          { accountId: sales, currency: 'USD', debitCents: null, creditCents: `${most}` },
        ],
      }),
    ]);
    const { rows } = await db.query(
      fabric.acme.context,
      `select l.debit_cents, l.credit_cents, l.memo from finance.journal_lines l
       join finance.journal_entries e using (tenant_id) where e.id = l.journal_entry_id
       and e.description = 'amounts 1' order by l.line_no`,
    );
    expect(rows).toEqual([
      { debit_cents: `${most}`, credit_cents: '0', memo: 'all of it' },
      { debit_cents: '0', credit_cents: `${most}`, memo: null },
    ]);
  });

  test('answers an entry that was posted under its key before with the first posting', async () => {
    const entry = sale('keyed', { idempotencyKey: 'keyed-1', reference: 'R-1' });
    const [first] = await postAll([entry]);
    const [again] = await postAll([entry]);
    expect(again).toEqual({ index: 0, id: first?.id, outcome: 'replayed' });
    expect(await booked('keyed')).toBe(1);
  });

  test('goes in one round trip per batch', async () => {
    const line = await openLine(fabric.database.login('finance'));
    const counting = new TenantDb(fabric.pool('finance', { ...line.config, max: 1 }));
    await counting.query(fabric.acme.context, 'select 1');
    line.readTrips();
    await counting.transaction(fabric.acme.context, (tx) =>
      all(
        tx.postJournals(
          [1, 2, 3, 4].map((n) => sale(`trips ${n}`)),
          { batchSize: 2 },
        ),
      ),
    );
    // BEGIN and the context travel with the first batch; COMMIT is the third trip.
    expect(line.readTrips()).toBe(3);
    await all(
      counting.postJournals(fabric.acme.context, [sale('trips 5'), sale('trips 6')], {
        transaction: 'each',
        batchSize: 1,
      }),
    );
    expect(line.readTrips()).toBe(2);
  });
});

describe('batches', () => {
  /** A server that answers when it is told to, and what it was sent. */
  function server() {
    const sent: Statement[] = [];
    let answer = (): void => {};
    return {
      sent,
      answer: () => answer(),
      send: (statement: Statement) => {
        sent.push(statement);
        const entries = JSON.parse(String(statement.values[0])) as unknown[];
        const rows = entries.map((_, at) => {
          return { entry_index: at + 1, entry_id: `id ${at}`, outcome: 'posted', code: null };
        });
        return new Promise<{ rows: Record<string, unknown>[]; tags: string[] }>((resolve) => {
          answer = () => resolve({ rows, tags: [] });
        });
      },
    };
  }

  const entriesOf = ({ values }: Statement) => JSON.parse(String(values[0])) as unknown[];
  const idle = () => new Promise((resolve) => setImmediate(resolve));

  test('the next one is read while the server works, and nothing beyond it', async () => {
    const { seen, source } = counted(100, (at) => sale(`pulled ${at}`));
    const { sent, answer, send } = server();
    const options = readPostingOptions({ batchSize: 10 });
    const results = new Postings(source, options, { send, maxLength: 1_000_000 })[
      Symbol.asyncIterator
    ]();
    await idle();
    expect([seen.pulls, sent.length]).toEqual([0, 0]);

    let result = results.next();
    await idle();
    expect([seen.pulls, sent.length]).toEqual([20, 1]);

    answer();
    for (let at = 0; at < 10; at++) {
      expect(await result).toMatchObject({ value: { index: at } });
      await idle();
      // However slowly the results are taken, no more is read and no more is sent.
      expect([seen.pulls, sent.length]).toEqual([20, 1]);
      if (at < 9) result = results.next();
    }
    result = results.next();
    await idle();
    expect([seen.pulls, sent.length]).toEqual([30, 2]);
    answer();
    expect(await result).toMatchObject({ value: { index: 10 } });

    await results.return?.();
    expect(seen).toEqual({ pulls: 30, isEnded: true });
    expect(sent).toHaveLength(2);
  });

  test.each([
    ['entries', { batchSize: 4 }, 1_000_000, [4, 4, 2]],
    ['lines', { maxLines: 6 }, 1_000_000, [3, 3, 3, 1]],
    ['fewer lines than an entry has', { maxLines: 1 }, 1_000_000, Array(10).fill(1)],
    ['characters', {}, 1_200, [3, 3, 3, 1]],
  ])('hold at most so many %s', async (_, given, maxLength, sizes) => {
    const { sent, answer, send } = server();
    const target = {
      maxLength,
      send: (statement: Statement) => {
        const answered = send(statement);
        answer();
        return answered;
      },
    };
    const entries = Array.from({ length: 10 }, (_, at) => sale(`sized ${at}`));
    const results = await all(new Postings(entries, readPostingOptions(given), target));
    expect(sent.map((statement) => entriesOf(statement).length)).toEqual(sizes);
    expect(sent.every(({ values }) => String(values[0]).length <= maxLength)).toBe(true);
    expect(results.map(({ index }) => index)).toEqual(entries.map((_, at) => at));
  });

  test('carry base amounts and rates to the server under its names', async () => {
    const { sent, answer, send } = server();
    const rate = '33333333-3333-4333-8333-333333333333';
    const line = {
      accountId: fabric.acme.cash,
      currency: 'EUR',
      debitCents: 5n,
      baseDebitCents: 6n,
      fxRateId: rate,
      fxCrossRateId: rate,
    };
    const other = {
      accountId: fabric.acme.cash,
      currency: 'EUR',
      creditCents: 5,
      baseCreditCents: '6',
    };
    const results = all(
      new Postings([sale('base', { lines: [line, other] })], readPostingOptions({}), {
        send,
        maxLength: 1_000_000,
      }),
    );
    await idle();
    answer();
    await results;
    expect(sent.flatMap(entriesOf)).toMatchObject([
      {
        lines: [
          { base_debit_cents: '6', fx_rate_id: rate, fx_cross_rate_id: rate, credit_cents: '0' },
          { base_credit_cents: '6', credit_cents: '5', debit_cents: '0' },
        ],
      },
    ]);
  });
});

describe('an entry that is malformed', () => {
  const lines = [{}, {}];
  const broken: readonly (readonly [string, string, () => unknown])[] = [
    ['entries[1]', 'a text', () => 'entry'],
    ['entries[1]', 'an instance', () => new (class Entry {})()],
    ['entries[1]', 'an unknown field', () => ({ ...sale('x'), amount: 1 })],
    ['entries[1]', 'a name of the server', () => ({ ...sale('x'), tenant_id: 'x' })],
    ['entries[1].companyId', 'no company', () => ({ ...sale('x'), companyId: undefined })],
    ['entries[1].entryDate', 'an ambiguous date', () => sale('x', { entryDate: '03/04/2026' })],
    ['entries[1].entryDate', 'a Date', () => ({ ...sale('x'), entryDate: new Date() })],
    ['entries[1].description', 'a NUL', () => sale('x\0')],
    ['entries[1].reference', 'a number', () => ({ ...sale('x'), reference: 7 })],
    ['entries[1].lines', 'no lines', () => ({ ...sale('x'), lines: undefined })],
    ['entries[1].lines', 'lines of another kind', () => ({ ...sale('x'), lines: { 0: lines } })],
    ['entries[1].lines[0].accountId', 'an empty line', () => ({ ...sale('x'), lines })],
    ['entries[1].lines[1].currency', 'no currency', () => lineWith({ currency: null })],
    ['entries[1].lines[1].debitCents', 'a fraction', () => lineWith({ debitCents: 1.5 })],
    ['entries[1].lines[1].debitCents', 'an unsafe number', () => lineWith({ debitCents: 2 ** 60 })],
    ['entries[1].lines[1].debitCents', 'a negative', () => lineWith({ debitCents: -1n })],
    ['entries[1].lines[1].creditCents', 'a decimal', () => lineWith({ creditCents: '1.00' })],
    ['entries[1].lines[1].creditCents', 'a float text', () => lineWith({ creditCents: '1e3' })],
    ['entries[1].lines[1].fxRateId', 'no UUID', () => lineWith({ fxRateId: '7' })],
    ['entries[1].lines[1]', 'an unknown field', () => lineWith({ tenantId: 'x' })],
  ];

  function lineWith(facts: object): object {
    const [first, second] = sale('x').lines;
    return { ...sale('x'), lines: [first, { ...second, ...facts }] };
  }

  test.each(broken)('is refused before it is sent, at %s for %s (IB926)', async (at, _, make) => {
    const entries = [sale('malformed 0'), forced(make())];
    const error = await refusal(() => postAll(entries));
    expect(error).toBeInstanceOf(PostingError);
    expect(error).toMatchObject({ code: 'IB926', entryIndex: 1 });
    const field = at.slice('entries[1].'.length);
    expect((error as PostingError).field).toBe(field === '' ? undefined : field);
    expect(error.message.startsWith(`${at} `)).toBe(true);
    expect(await booked('malformed')).toBe(0);
  });

  test('no getter of it is called', async () => {
    const trap = {
      get companyId(): string {
        throw new Error('the getter was called');
      },
    };
    expect(await refusal(() => postAll([forced(trap)]))).toMatchObject({ code: 'IB926' });
  });

  test('is refused when it is longer than one call may be, by its index (IB926)', async () => {
    const small = new TenantDb(pool, { maxValueLength: 700 });
    const long = sale('malformed', { reference: 'r'.repeat(500) });
    const error = await refusal(() =>
      small.transaction(fabric.acme.context, (tx) =>
        all(tx.postJournals([sale('malformed 0'), sale('malformed 1'), long])),
      ),
    );
    expect(error).toMatchObject({ code: 'IB926', entryIndex: 2 });
    expect(await booked('malformed')).toBe(0);
  });

  test('what cannot be iterated is refused (IB926)', async () => {
    for (const entries of [null, 7, 'text', {}]) {
      expect(await refusal(() => postAll(forced(entries)))).toMatchObject({ code: 'IB926' });
    }
  });

  test.each([
    [{ batchSize: 0 }],
    [{ batchSize: 1.5 }],
    [{ maxLines: -1 }],
    [{ mode: 'some' }],
    [{ signal: {} }],
    [{ size: 1 }],
  ])('options such as %j are refused (IB923)', async (options) => {
    expect(await refusal(() => postAll([], forced(options)))).toMatchObject({ code: 'IB923' });
  });
});

describe('an entry that the server refuses', () => {
  test('ends the stream with its code and its place in the stream, and nothing of it stays', async () => {
    const { seen, source } = counted(50, (at) =>
      at === 13 ? unbalanced('refused 13') : sale(`refused ${at}`),
    );
    const error = await refusal(() => postAll(source, { batchSize: 5 }));
    expect(error).toBeInstanceOf(PostingError);
    expect(error).toMatchObject({
      code: 'IB201',
      entryIndex: 13,
      detail: 'entries[13]: USD debit 5, credit 4',
      constraint: 'journal_entry_balanced',
    });
    expect(seen).toEqual({ pulls: 20, isEnded: true });
    expect(await booked('refused')).toBe(0);
  });

  test('is named also where its date has no period (IB801)', async () => {
    const entries = [sale('undated 0'), sale('undated 1', { entryDate: '2031-01-01' })];
    const error = await refusal(() => postAll(entries, { batchSize: 1 }));
    expect(error).toMatchObject({ code: 'IB801', entryIndex: 1 });
  });

  test('of another tenant can neither be posted to nor named', async () => {
    const entry = sale('foreign', { companyId: fabric.globex.companyId });
    expect((await refusal(() => postAll([entry]))).code).toBe('IB205');
    const lines = sale('x').lines.map((line) => ({ ...line, accountId: fabric.globex.cash }));
    expect((await refusal(() => postAll([sale('foreign', { lines })]))).code).toBe('IB205');
    expect(await booked('foreign')).toBe(0);
  });

  test('is a result with its code in mode partial, and the rest is posted', async () => {
    const entries = [0, 1, 2, 3, 4].map((at) =>
      at % 3 === 1
        ? unbalanced(`part ${at}`)
        : sale(`part ${at}`, { idempotencyKey: `part-${at}` }),
    );
    const results = await postAll(entries, { batchSize: 2, mode: 'partial' });
    expect(results).toMatchObject([
      { index: 0, outcome: 'posted' },
      { index: 1, id: null, outcome: 'refused', code: 'IB201' },
      { index: 2, outcome: 'posted' },
      { index: 3, outcome: 'posted' },
      { index: 4, id: null, outcome: 'refused', code: 'IB201' },
    ]);
    expect(results[1]).toHaveProperty(
      'message',
      'journal entry does not balance: USD debit 5, credit 4',
    );
    expect(await booked('part')).toBe(3);
    const again = await postAll(entries, { mode: 'partial' });
    expect(again.map(({ outcome }) => outcome)).toEqual([
      ...['replayed', 'refused', 'replayed', 'replayed', 'refused'],
    ]);
  });

  test('does not end a transaction that ran the stream in a nested one', async () => {
    await db.transaction(fabric.acme.context, async (tx) => {
      const error = await refusal(() =>
        tx.transaction((inner) =>
          all(inner.postJournals([sale('nested 0'), unbalanced('nested 1')], { batchSize: 1 })),
        ),
      );
      expect(error).toMatchObject({ code: 'IB201', entryIndex: 1 });
      await all(tx.postJournals([sale('nested 2')]));
    });
    expect(await booked('nested')).toBe(1);
  });
});

describe('the source', () => {
  test('that throws ends the stream with that very error, after the results before it', async () => {
    const reason = new Error('the file is broken');
    function* source() {
      yield sale('thrown 0');
      yield sale('thrown 1');
      throw reason;
    }
    const seen: number[] = [];
    await expect(
      db.transaction(fabric.acme.context, async (tx) => {
        for await (const { index } of tx.postJournals(source(), { batchSize: 1 })) seen.push(index);
      }),
    ).rejects.toBe(reason);
    expect(seen).toEqual([0, 1]);
    expect(await booked('thrown')).toBe(0);
  });

  test('is told to end when one of its entries is refused by the driver', async () => {
    const { seen, source } = counted(9, (at) => (at === 3 ? forced({}) : sale(`told ${at}`)));
    expect(await refusal(() => postAll(source))).toMatchObject({ code: 'IB926', entryIndex: 3 });
    expect(seen).toEqual({ pulls: 4, isEnded: true });
  });

  test('that hangs does not hold up the error of the server', async () => {
    let isEnded = false;
    const source = {
      [Symbol.asyncIterator]: () => {
        let pulls = 0;
        return {
          next: () =>
            pulls++ === 0
              ? Promise.resolve({ done: false as const, value: unbalanced('hanging') })
              : new Promise<never>(() => {}),
          return: () => {
            isEnded = true;
            return new Promise<never>(() => {});
          },
        };
      },
    };
    expect(await refusal(() => postAll(source, { batchSize: 1 }))).toMatchObject({ code: 'IB201' });
    expect(isEnded).toBe(true);
  });

  test('that can be read once is refused the second time, as a retry would read nothing (IB929)', async () => {
    const source = [sale('once')].values();
    let attempts = 0;
    const error = await refusal(() =>
      db.transaction(
        fabric.acme.context,
        async (tx) => {
          attempts += 1;
          await all(tx.postJournals(source));
          if (attempts === 1) throw new FabricError('40001', 'as if two had met');
        },
        { retries: 1 },
      ),
    );
    expect([error.code, attempts]).toEqual(['IB929', 2]);
    expect(await booked('once')).toBe(0);
    const list = [sale('twice')];
    await postAll(list);
    await postAll(list);
    expect(await booked('twice')).toBe(2);
  });
});

describe('a transaction whose results were not read to their end', () => {
  type Tx = TenantTransaction<FabricTables>;
  const careless: readonly (readonly [string, (tx: Tx) => unknown])[] = [
    ['that never began', (tx) => tx.postJournals([sale('unread')])],
    [
      'that stopped after one',
      async (tx) => {
        const entries = [sale('unread 1'), sale('unread 2')];
        for await (const _ of tx.postJournals(entries, { batchSize: 1 })) break;
      },
    ],
    [
      'that hid the error of the source',
      async (tx) => {
        const entries = [sale('unread 1'), forced({})];
        await all(tx.postJournals(entries, { batchSize: 1 })).catch(() => []);
      },
    ],
    [
      'that nobody waited for',
      (tx) => {
        all(tx.postJournals([sale('unread 1'), sale('unread 2')], { batchSize: 1 })).catch(
          () => {},
        );
      },
    ],
  ];

  test.each(careless)('is not committed: one %s (IB928)', async (_, work) => {
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await work(tx);
      }),
    );
    expect(error.code).toBe('IB928');
    expect(await booked('unread')).toBe(0);
  });

  test('is not committed either when the server refused and the callback hid it (IB918)', async () => {
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await all(tx.postJournals([unbalanced('hidden')])).catch(() => []);
      }),
    );
    expect(error).toMatchObject({ code: 'IB918', cause: { code: 'IB201' } });
  });

  test('the handle posts nothing once its callback has settled (IB917)', async () => {
    let kept: Tx | undefined;
    await db.transaction(fabric.acme.context, async (tx) => {
      kept = tx;
    });
    expect((await refusal(() => kept?.postJournals([sale('late')]))).code).toBe('IB917');
  });
});

describe('a signal', () => {
  test('that was given before sends nothing (IB927)', async () => {
    const { seen, source } = counted(3, (at) => sale(`aborted ${at}`));
    const reason = new Error('no longer wanted');
    const error = await refusal(() => postAll(source, { signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ code: 'IB927', cause: reason });
    expect(seen.pulls).toBe(0);
  });

  test('ends a source that hangs, and the transaction with it (IB927)', async () => {
    const abort = new AbortController();
    async function* source() {
      yield sale('aborted 0');
      abort.abort();
      await new Promise(() => {});
    }
    const error = await refusal(() => postAll(source(), { batchSize: 1, signal: abort.signal }));
    expect(error.code).toBe('IB927');
    expect(await booked('aborted')).toBe(0);
  });
});

describe('batches that are committed one by one', () => {
  const each = { transaction: 'each', batchSize: 2 } as const;

  test('stay when a later one is refused, and their results were given back', async () => {
    const entries = [0, 1, 2, 3, 4].map((at) =>
      at === 3 ? unbalanced('each 3') : sale(`each ${at}`),
    );
    const seen: number[] = [];
    const error = await refusal(async () => {
      for await (const { index } of db.postJournals(fabric.acme.context, entries, each)) {
        seen.push(index);
        expect(await booked('each')).toBe(2);
      }
    });
    expect(error).toMatchObject({ code: 'IB201', entryIndex: 3 });
    expect(seen).toEqual([0, 1]);
    expect(await booked('each')).toBe(2);
  });

  test('say so by name, since the stream is not whole or nothing', async () => {
    const post = (options: unknown) => refusal(() => db.postJournals(someone, [], forced(options)));
    expect((await post({})).code).toBe('IB923');
    expect((await post({ transaction: 'all' })).code).toBe('IB923');
  });

  test('need a tenant, before the pool is asked', async () => {
    const untouched = new UntouchedPool();
    const post = () => new TenantDb(untouched).postJournals(forced({}), [sale('x')], each);
    expect((await refusal(post)).code).toBe('42501');
    expect(untouched.asked).toBe(0);
  });

  test('whose outcome was lost with the connection are replayed by their keys', async () => {
    const line = await openLine(fabric.database.login('finance'));
    const shaky = new TenantDb(fabric.pool('finance', { ...line.config, max: 1 }));
    const entries = [0, 1, 2].map((at) => sale(`lost ${at}`, { idempotencyKey: `lost-${at}` }));
    const options = { transaction: 'each', batchSize: 1 } as const;
    line.cutAt('lost-1', 'after');
    const lost = await refusal(() =>
      all(shaky.postJournals(fabric.acme.context, entries, options)),
    );
    expect(lost.code).toBe('IB919');
    const results = await all(db.postJournals(fabric.acme.context, entries, options));
    expect(results.map(({ outcome }) => outcome)).toEqual(['replayed', 'replayed', 'posted']);
    expect(await booked('lost')).toBe(3);
  });
});
