import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import type { Session } from '../support/sessions.ts';
import { type Book, begin } from './books.ts';
import { carriedAt, closeUntil, holdEuro, openRevaluing, revalue } from './revaluations.ts';

describe.each(testMajors())('a revaluation on PostgreSQL %i', async (major) => {
  const open = await openRevaluing(await openDatabase({ major }));

  async function entryOf(session: Session, book: Book, period: string): Promise<unknown> {
    const { rows } = await session.run(revalue(book, period));
    return rows[0]?.entry;
  }

  test('is posted once when two sessions make it', async () => {
    const stage = await open();
    const { book, first, second } = stage;
    await begin(first, book, 'read committed');
    await begin(second, book, 'read committed');
    expect(await entryOf(first, book, '2026-03')).toEqual(expect.any(String));
    const step = second.start(revalue(book, '2026-03'));
    await step.blocked(first);
    await first.run('commit');
    expect((await step.result()).rows).toEqual([{ entry: null }]);
    await second.run('commit');
    expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 125_000, revaluations: 1 });
  });

  test('is made by the second session when the first gives up', async () => {
    const stage = await open();
    const { book, first, second } = stage;
    await begin(first, book, 'read committed');
    await begin(second, book, 'read committed');
    await first.run(revalue(book, '2026-03'));
    const step = second.start(revalue(book, '2026-03'));
    await step.blocked(first);
    await first.run('rollback');
    expect((await step.result()).rows).toEqual([{ entry: expect.any(String) }]);
    await second.run('commit');
    expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 125_000, revaluations: 1 });
  });

  test.each([
    ['2026-03', '2026-04'],
    ['2026-04', '2026-03'],
  ])('of %s and one of %s do not post the same difference', async (one, other) => {
    const stage = await open();
    const { book, first, second } = stage;
    await begin(first, book, 'read committed');
    await begin(second, book, 'read committed');
    await first.run(revalue(book, one));
    const step = second.start(revalue(book, other));
    await step.blocked(first);
    await first.run('commit');
    await step.result();
    await second.run('commit');
    // An earlier period that was revalued last has moved the later one, which is revalued again.
    await begin(first, book, 'read committed');
    await first.run(revalue(book, '2026-04'));
    await first.run('commit');
    expect(await carriedAt(stage, '2026-03-31')).toMatchObject({ base: 125_000 });
    expect(await carriedAt(stage, '2026-04-30')).toMatchObject({ base: 150_000 });
  });

  test('waits for an entry in flight and takes it in', async () => {
    const stage = await open();
    const { book, first, writer } = stage;
    await begin(writer, book, 'read committed');
    await writer.run(holdEuro(book, 20_000, 22_000));
    await begin(first, book, 'read committed');
    const step = first.start(revalue(book, '2026-04'));
    await step.blocked(writer);
    await writer.run('commit');
    expect((await step.result()).rows).toEqual([{ entry: expect.any(String) }]);
    await first.run('commit');
    expect(await carriedAt(stage, '2026-04-30')).toEqual({ base: 180_000, revaluations: 1 });
  });

  test('keeps entries out until it is committed, and the next one posts the rest', async () => {
    const stage = await open();
    const { book, first, writer } = stage;
    await begin(first, book, 'read committed');
    await first.run(revalue(book, '2026-03'));
    await begin(writer, book, 'read committed');
    const step = writer.start(holdEuro(book, 20_000, 22_000));
    await step.blocked(first);
    await first.run('commit');
    await step.result();
    await writer.run('commit');
    expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 147_000, revaluations: 1 });
    await begin(first, book, 'read committed');
    await first.run(revalue(book, '2026-03'));
    await first.run('commit');
    expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 150_000, revaluations: 2 });
  });

  test('is refused when its period closes before it (IB802)', async () => {
    const stage = await open();
    const { book, first, writer } = stage;
    await begin(writer, book, 'read committed');
    await writer.run(closeUntil(book, '2026-03'));
    await begin(first, book, 'read committed');
    const step = first.start(revalue(book, '2026-03'));
    await step.blocked(writer);
    await writer.run('commit');
    expect(await step.refusal()).toMatchObject({ code: 'IB802' });
    await first.run('rollback');
    expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 110_000, revaluations: 0 });
  });

  test('keeps its period from closing until it is committed', async () => {
    const stage = await open();
    const { book, first, writer } = stage;
    await begin(first, book, 'read committed');
    await first.run(revalue(book, '2026-03'));
    await begin(writer, book, 'read committed');
    const step = writer.start(closeUntil(book, '2026-03'));
    await step.blocked(first);
    await first.run('commit');
    await step.result();
    await writer.run('commit');
    expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 125_000, revaluations: 1 });
  });

  test.each(['repeatable read', 'serializable'] as const)(
    'is refused at %s, where it would not see what it waited for (IB234)',
    async (level) => {
      const stage = await open();
      const { book, first } = stage;
      await begin(first, book, level);
      const refusal = await first.start(revalue(book, '2026-03')).refusal();
      expect(refusal).toMatchObject({ code: 'IB234' });
      await first.run('rollback');
      expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 110_000, revaluations: 0 });
    },
  );
});
