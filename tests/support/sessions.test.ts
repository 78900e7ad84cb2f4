import { beforeAll, expect, test } from 'vitest';
import { openDatabase, type TestDatabase } from './database.ts';
import { createBarrier, openSessions } from './sessions.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await openDatabase({ plane: 'none' });
});

async function pair() {
  const { admin } = database;
  return openSessions(database, { first: admin, second: admin });
}

test('a blocked statement is seen to wait for its blocker, and ends after it', async () => {
  const { first, second } = await pair();
  await first.run('create table shelf (id int primary key, n int)');
  await first.run('insert into shelf values (1, 0)');
  await first.run('begin');
  await first.run('update shelf set n = 1');
  const waiting = second.start('update shelf set n = n + 10 returning n');
  await waiting.blocked(first);
  await first.run('commit');
  expect((await waiting.result()).rows).toEqual([{ n: 11 }]);
});

test('a statement that is not blocked is reported as ended', async () => {
  const { first } = await pair();
  await expect(first.start('select 1').blocked()).rejects.toThrow(
    'first was not blocked, it ended: select 1',
  );
});

test('a refusal is the error of the server, and a success is none', async () => {
  const { first } = await pair();
  const refusal = await first.start('select 1 / 0').refusal();
  expect(refusal.code).toBe('22012');
  await expect(first.start('select 1').refusal()).rejects.toThrow('was not refused');
});

test('a deadlock refuses exactly one of its sessions', async () => {
  const { first, second } = await pair();
  for (const session of [first, second]) await session.run('begin');
  await first.run('select pg_advisory_xact_lock(1)');
  await second.run('select pg_advisory_xact_lock(2)');
  const one = first.start('select pg_advisory_xact_lock(2)');
  await one.blocked(second);
  const two = second.start('select pg_advisory_xact_lock(1)');
  const outcomes = await Promise.allSettled([one.result(), two.result()]);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused.map((outcome) => outcome.reason)).toEqual([
    expect.objectContaining({ code: '40P01' }),
  ]);
});

test('a barrier lets nobody through before all have come, round after round', async () => {
  const meet = createBarrier(3);
  const order: string[] = [];
  const walk = async (name: string): Promise<void> => {
    for (const round of ['a', 'b']) {
      order.push(`${name} ${round}`);
      await meet();
    }
  };
  await Promise.all(['x', 'y', 'z'].map(walk));
  expect(order.slice(0, 3).sort()).toEqual(['x a', 'y a', 'z a']);
  expect(order.slice(3).sort()).toEqual(['x b', 'y b', 'z b']);
});
