import { PassThrough } from 'node:stream';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  FabricError,
  HandleRevokedError,
  TenantDb,
  type TenantTransaction,
  TransactionAbortedError,
} from '../../driver/index.ts';
import type { FabricTables } from '../../driver/tenant-db.ts';
import { connect } from '../support/clients.ts';
import { createBarrier } from '../support/sessions.ts';
import { type Fabric, openFabric } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { forced } from './support/untouched.ts';

/** A promise and the function that fulfils it. */
function createSignal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve: () => resolve() };
}

type Tx = TenantTransaction<FabricTables>;

let fabric: Fabric;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  pool = fabric.pool('finance');
  db = new TenantDb(pool);
  const admin = await connect(fabric.database.admin);
  // What an injected expression could do, since the driver refuses to send it in plain sight.
  await admin.query(`create function public.turn_into(tenant text) returns text language sql
    as $$ select set_config('app.tenant_id', tenant, true) $$;
    grant usage on schema public to public; grant execute on function public.turn_into(text) to public`);
});

const addDraft = (tx: Tx, description: string) =>
  tx.insert('journal_drafts', {
    company_id: fabric.acme.companyId,
    entry_date: '2026-05-01',
    description,
  });

async function drafts(...descriptions: string[]): Promise<string[]> {
  const { rows } = await db.select(
    fabric.acme.context,
    'journal_drafts',
    ['description'],
    { description: { in: descriptions } },
    { orderBy: ['description'] },
  );
  return rows.map((row) => row.description);
}

const currentTenant = async (tx: Tx) =>
  (await tx.query<{ tenant: string }>('select aibos.current_tenant_id() as tenant')).rows[0]
    ?.tenant;

describe('a transaction', () => {
  test('commits what its callback did, and returns its value', async () => {
    const value = await db.transaction(fabric.acme.context, async (tx) => {
      await addDraft(tx, 'kept 1');
      await addDraft(tx, 'kept 2');
      return 42;
    });
    expect(value).toBe(42);
    expect(await drafts('kept 1', 'kept 2')).toEqual(['kept 1', 'kept 2']);
  });

  test('rolls back when its callback throws, and throws that very error on', async () => {
    const reason = new Error('changed my mind');
    await expect(
      db.transaction(fabric.acme.context, async (tx) => {
        await addDraft(tx, 'undone');
        throw reason;
      }),
    ).rejects.toBe(reason);
    await expect(
      db.transaction(fabric.acme.context, () => {
        throw reason;
      }),
    ).rejects.toBe(reason);
    expect(await drafts('undone')).toEqual([]);
  });

  test('whose callback hid the error of a statement is reported as rolled back (IB918)', async () => {
    let hidden: unknown;
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await addDraft(tx, 'lost');
        await tx.query('select 1 / 0').catch((reason: unknown) => {
          hidden = reason;
        });
        return 'looks fine';
      }),
    );
    expect(error).toBeInstanceOf(TransactionAbortedError);
    expect(error.code).toBe('IB918');
    expect(error.cause).toBe(hidden);
    expect(await drafts('lost')).toEqual([]);
  });

  test('whose COMMIT is refused by a deferred guard throws that refusal and leaves nothing', async () => {
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, (tx) =>
        tx.insert('journal_entries', {
          company_id: fabric.acme.companyId,
          entry_date: '2026-05-01',
          description: 'no lines',
        }),
      ),
    );
    expect(error.code).toBe('IB202');
    const left = await db.select(fabric.acme.context, 'journal_entries', ['id'], {
      description: 'no lines',
    });
    expect(left.rows).toEqual([]);
  });

  test('runs at the isolation level and in the mode that was asked for', async () => {
    const level = (options?: Parameters<typeof db.transaction>[2]) =>
      db.transaction(
        fabric.acme.context,
        async (tx) => {
          const { rows } = await tx.query('show transaction_isolation');
          return rows[0]?.transaction_isolation;
        },
        options,
      );
    expect(await level()).toBe('read committed');
    expect(await level({ isolation: 'repeatable read' })).toBe('repeatable read');
    expect(await level({ isolation: 'serializable', readOnly: true })).toBe('serializable');
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, (tx) => addDraft(tx, 'never'), { readOnly: true }),
    );
    expect(error.code).toBe('25006');
  });

  test('that sends nothing borrows a client and gives it back untouched', async () => {
    expect(await db.transaction(fabric.acme.context, async () => 'nothing')).toBe('nothing');
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  test('cannot end itself or change its tenant by a statement (IB916)', async () => {
    for (const sql of ['commit', 'rollback', `select set_config('app.tenant_id', '', true)`]) {
      const error = await refusal(() => db.transaction(fabric.acme.context, (tx) => tx.query(sql)));
      expect(error.code).toBe('IB916');
    }
  });
});

describe('a handle', () => {
  test('kept beyond its callback is revoked in every method (IB917)', async () => {
    const kept: Tx[] = [];
    await db.transaction(fabric.acme.context, async (tx) => {
      kept.push(tx);
      await tx.query('select 1');
      await tx.transaction(async (inner) => {
        kept.push(inner);
      });
    });
    await db
      .transaction(fabric.acme.context, async (tx) => {
        kept.push(tx);
        throw new Error('out');
      })
      .catch(() => undefined);
    expect(kept).toHaveLength(3);
    for (const tx of kept) {
      for (const call of [
        () => tx.query('select 1'),
        () => tx.select('accounts', ['id']),
        () => addDraft(tx, 'late'),
        () => tx.update('accounts', { name: 'late' }, { code: '1000' }),
        () => tx.delete('journal_drafts', { description: 'late' }),
        () => tx.upsert('accounts', forced({ code: 'late', name: 'x' }), { onConflict: ['code'] }),
        () => tx.aggregate('accounts', { count: true }),
        () => tx.select('accounts', ['id'], {}, { limit: 1, after: null }),
        () => tx.batch((b) => [b.query('select 1')]),
        () => tx.stream('accounts', ['id']),
        () => tx.streamQuery('select 1'),
        () => tx.copyTo(new PassThrough(), 'accounts', ['id']),
        () => tx.transaction(async () => 1),
      ]) {
        const error = await refusal(call);
        expect(error).toBeInstanceOf(HandleRevokedError);
        expect(error.code).toBe('IB917');
      }
    }
    expect(await drafts('late')).toEqual([]);
  });

  test('sends overlapping calls one after another, in the order they were made', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const order: number[] = [];
    const values = await db.transaction(fabric.acme.context, (tx) =>
      Promise.all(
        [0, 1, 2, 3, 4].map(async (n) => {
          const { rows } = await tx.query<{ n: number }>('select $1::int4 as n', [n]);
          order.push(n);
          return rows[0]?.n;
        }),
      ),
    );
    process.off('warning', listen);
    expect(values).toEqual([0, 1, 2, 3, 4]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(warnings).toEqual([]);
  });

  test('still sends before COMMIT what its callback forgot to await', async () => {
    let forgotten: Promise<unknown> = Promise.resolve();
    await db.transaction(fabric.acme.context, async (tx) => {
      forgotten = addDraft(tx, 'forgotten');
    });
    await forgotten;
    expect(await drafts('forgotten')).toEqual(['forgotten']);
  });

  test('does not send after a failure what was still waiting (IB917)', async () => {
    let waiting: Promise<FabricError> | undefined;
    await db
      .transaction(fabric.acme.context, async (tx) => {
        const first = addDraft(tx, 'in flight');
        waiting = refusal(() => addDraft(tx, 'waiting'));
        await Promise.all([first, Promise.reject(new Error('out'))]);
      })
      .catch(() => undefined);
    expect((await waiting)?.code).toBe('IB917');
    expect(await drafts('in flight', 'waiting')).toEqual([]);
  });
});

describe('a nested transaction', () => {
  test('undoes its own work alone when it fails', async () => {
    await db.transaction(fabric.acme.context, async (tx) => {
      await addDraft(tx, 'outer');
      const error = await refusal(() =>
        tx.transaction(async (inner) => {
          await addDraft(inner, 'inner');
          await inner.query('select 1 / 0');
        }),
      );
      expect(error.code).toBe('22012');
      await tx.transaction((inner) => addDraft(inner, 'second inner'));
    });
    expect(await drafts('outer', 'inner', 'second inner')).toEqual(['outer', 'second inner']);
  });

  test('nests again, each level on its own', async () => {
    await db.transaction(fabric.acme.context, (tx) =>
      tx.transaction(async (one) => {
        await addDraft(one, 'level 1');
        await one
          .transaction(async (two) => {
            await addDraft(two, 'level 2');
            await two.transaction((three) => addDraft(three, 'level 3'));
            throw new Error('out');
          })
          .catch(() => undefined);
      }),
    );
    expect(await drafts('level 1', 'level 2', 'level 3')).toEqual(['level 1']);
  });

  test('whose callback hid an error is undone and says so (IB918)', async () => {
    await db.transaction(fabric.acme.context, async (tx) => {
      const error = await refusal(() =>
        tx.transaction(async (inner) => {
          await addDraft(inner, 'hidden');
          await inner.query('select 1 / 0').catch(() => undefined);
        }),
      );
      expect(error).toBeInstanceOf(TransactionAbortedError);
      await addDraft(tx, 'goes on');
    });
    expect(await drafts('hidden', 'goes on')).toEqual(['goes on']);
  });

  test('leaves the tenant of the context in force after it was undone', async () => {
    const { acme, globex } = fabric;
    await db.transaction(acme.context, async (tx) => {
      await tx.query('select public.turn_into($1)', [globex.context.tenantId]);
      expect(await currentTenant(tx)).toBe(globex.context.tenantId);
      await tx
        .transaction(async () => {
          throw new Error('out');
        })
        .catch(() => undefined);
      expect(await currentTenant(tx)).toBe(acme.context.tenantId);
    });
  });

  test('has a handle that is revoked when it ends, though the outer one goes on (IB917)', async () => {
    await db.transaction(fabric.acme.context, async (tx) => {
      const kept: Tx[] = [];
      await tx.transaction(async (inner) => {
        kept.push(inner);
      });
      for (const inner of kept) {
        expect((await refusal(() => inner.query('select 1'))).code).toBe('IB917');
        expect((await refusal(() => inner.transaction(async () => 1))).code).toBe('IB917');
      }
      expect(kept).toHaveLength(1);
      await tx.query('select 1');
    });
  });

  test('keeps the outer handle from being used meanwhile (IB921)', async () => {
    await db.transaction(fabric.acme.context, async (tx) => {
      await tx.transaction(async (inner) => {
        expect((await refusal(() => tx.query('select 1'))).code).toBe('IB921');
        expect((await refusal(() => tx.transaction(async () => 1))).code).toBe('IB921');
        await inner.query('select 1');
      });
      await tx.query('select 1');
    });
  });

  test('left open when the outer callback returns rolls everything back (IB921)', async () => {
    const opened = createSignal();
    const release = createSignal();
    let inner: Promise<unknown> = Promise.resolve();
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await addDraft(tx, 'half');
        inner = tx
          .transaction(async (nested) => {
            await addDraft(nested, 'other half');
            opened.resolve();
            await release.promise;
            await addDraft(nested, 'too late');
          })
          .catch((reason: unknown) => reason);
        await opened.promise;
      }),
    );
    release.resolve();
    expect(error.code).toBe('IB921');
    expect(await inner).toBeInstanceOf(HandleRevokedError);
    expect(await drafts('half', 'other half', 'too late')).toEqual([]);
  });
});

describe('inside the callback of one tenant', () => {
  test('J23 every call for another tenant is refused (IB920)', async () => {
    const { acme, globex } = fabric;
    const elsewhere = new TenantDb(fabric.pool('finance'));
    await db.transaction(acme.context, async (tx) => {
      await tx.query('select 1');
      for (const other of [db, elsewhere]) {
        for (const call of [
          () => other.transaction(globex.context, async () => 1),
          () => other.query(globex.context, 'select 1'),
          () => other.select(globex.context, 'accounts', ['id']),
          () => other.batch(globex.context, (b) => [b.query('select 1')]),
          () => other.stream(globex.context, 'accounts', ['id']),
          () => other.copyTo(globex.context, new PassThrough(), 'accounts', ['id']),
          () => other.aggregate(globex.context, 'accounts', { count: true }),
        ]) {
          expect((await refusal(call)).code).toBe('IB920');
        }
      }
      const own = await db.select(acme.context, 'accounts', ['code'], { code: '1000' });
      expect(own.rows).toEqual([{ code: '1000' }]);
      expect(await currentTenant(tx)).toBe(acme.context.tenantId);
    });
    await db.query(globex.context, 'select 1');
  });

  test('work that outlives it may serve another tenant', async () => {
    const release = createSignal();
    let later: Promise<unknown> = Promise.resolve();
    await db.transaction(fabric.acme.context, async () => {
      later = release.promise.then(() => db.query(fabric.globex.context, 'select 1 as one'));
    });
    release.resolve();
    expect(await later).toMatchObject({ rows: [{ one: 1 }] });
  });

  test('transactions of tenants side by side keep apart', async () => {
    const meet = createBarrier(2);
    const run = (context: Fabric['acme']['context']) =>
      db.transaction(context, async (tx) => {
        const before = await currentTenant(tx);
        await meet();
        return [before, await currentTenant(tx)];
      });
    const { acme, globex } = fabric;
    expect(await Promise.all([run(acme.context), run(globex.context)])).toEqual([
      [acme.context.tenantId, acme.context.tenantId],
      [globex.context.tenantId, globex.context.tenantId],
    ]);
  });
});

describe('retries', () => {
  /** Two transactions that both read the row before either writes it: the second to write fails with 40001. */
  async function collide(
    retries: number,
  ): Promise<{ attempts: number; outcomes: PromiseSettledResult<void>[] }> {
    const code = `retry-${retries}`;
    const { acme } = fabric;
    await db.insert(acme.context, 'accounts', {
      company_id: acme.companyId,
      code,
      name: '.',
      account_type: 'asset',
    });
    const barrier = createBarrier(2);
    let attempts = 0;
    const run = () => {
      let isFirst = true;
      return db.transaction(
        acme.context,
        async (tx) => {
          attempts += 1;
          const { rows } = await tx.select('accounts', ['name'], { code });
          if (isFirst) {
            isFirst = false;
            await barrier();
          }
          await tx.update('accounts', { name: `${rows[0]?.name}x` }, { code });
        },
        { isolation: 'repeatable read', retries },
      );
    };
    return { outcomes: await Promise.allSettled([run(), run()]), attempts };
  }

  test('run the callback again after a serialization failure, which loses no update', async () => {
    const { acme } = fabric;
    const { outcomes, attempts } = await collide(3);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(attempts).toBe(3);
    const { rows } = await db.select(acme.context, 'accounts', ['name'], { code: 'retry-3' });
    expect(rows).toEqual([{ name: '.xx' }]);
  });

  test('are not made unless asked for: the failure is thrown, marked as worth another try (40001)', async () => {
    const { outcomes, attempts } = await collide(0);
    expect(attempts).toBe(2);
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(FabricError);
    expect(failures[0]).toMatchObject({ code: '40001', retryable: true });
  });

  test('run the callback again after a deadlock', async () => {
    const { acme } = fabric;
    const barrier = createBarrier(2);
    let attempts = 0;
    const run = (first: string, second: string) => {
      let isFirst = true;
      return db.transaction(
        acme.context,
        async (tx) => {
          attempts += 1;
          await tx.update('accounts', { name: first }, { code: first });
          if (isFirst) {
            isFirst = false;
            await barrier();
          }
          await tx.update('accounts', { name: first }, { code: second });
        },
        { retries: 3 },
      );
    };
    await Promise.all([run('1000', '4000'), run('4000', '1000')]);
    expect(attempts).toBe(3);
  });

  test('are not made after any other failure, however often allowed', async () => {
    let attempts = 0;
    const failing = (work: (tx: Tx) => Promise<unknown>) =>
      db.transaction(
        fabric.acme.context,
        (tx) => {
          attempts += 1;
          return work(tx);
        },
        { retries: 5 },
      );
    await expect(failing((tx) => tx.query('select 1 / 0'))).rejects.toMatchObject({
      code: '22012',
    });
    await expect(failing(async () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await expect(
      failing(async () => Promise.reject(Object.assign(new Error('forged'), { code: '40001' }))),
    ).rejects.toThrow('forged');
    expect(attempts).toBe(3);
  });

  test('give up after as many as were allowed', async () => {
    let attempts = 0;
    const error = await refusal(() =>
      db.transaction(
        fabric.acme.context,
        async () => {
          attempts += 1;
          throw new FabricError('40001', 'again', { retryable: true });
        },
        { retries: 2 },
      ),
    );
    expect(error.code).toBe('40001');
    expect(attempts).toBe(3);
  });
});

test('whatever happened above, every client of the pool is idle and clean', async () => {
  expect(pool.waitingCount).toBe(0);
  expect(pool.idleCount).toBe(pool.totalCount);
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()));
  for (const client of clients) {
    expect(client.getTransactionStatus()).toBe('I');
    const { rows } = await client.query("select current_setting('app.tenant_id', true) as tenant");
    expect(['', null]).toContain(rows[0]?.tenant);
    client.release();
  }
});
