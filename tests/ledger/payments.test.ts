import format from 'pg-format';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { begin, contextOf, faultsOf, type Level, levels } from './books.ts';
import {
  asPerson,
  type Desk,
  type Found,
  findPayment,
  makePayment,
  moves,
  openDesk,
  type Person,
  type Reach,
  rulesOf,
} from './payments.ts';

/** One of two sessions: who, and the statement. */
type Side = readonly [Person, (id: string, desk: Desk) => string];

/** Two statements on one payment: the second waits for the first, which commits. */
interface Duel {
  readonly name: string;
  readonly from: Reach;
  readonly first: Side;
  readonly second: Side;
  /** What the second meets at READ COMMITTED; above, its snapshot is too old (40001). */
  readonly code: string;
  readonly after: Partial<Found>;
}

const duels: readonly Duel[] = [
  {
    name: 'an approval does not outrun an edit that was there first',
    from: 'submitted',
    first: ['editor', moves.raise],
    second: ['boss', (id) => moves.approve(id)],
    code: 'IB813',
    after: { status: 'draft', revision: 2, approvals: 0, amount_cents: '900000' },
  },
  {
    name: 'a release does not take an edit along',
    from: 'approved',
    first: ['editor', moves.redirect],
    second: ['maker', moves.release],
    code: 'IB810',
    after: { status: 'draft', revision: 2, approvals: 0 },
  },
  {
    name: 'an edit comes too late for a release',
    from: 'approved',
    first: ['maker', moves.release],
    second: ['editor', moves.redirect],
    code: 'IB812',
    after: { status: 'released', revision: 1, beneficiary_account: 'DE01' },
  },
  {
    name: 'one of two approvals is enough and the other is refused',
    from: 'submitted',
    first: ['boss', (id) => moves.approve(id)],
    second: ['second', (id) => moves.approve(id)],
    code: 'IB810',
    after: { status: 'approved', revision: 1, approvals: 1 },
  },
  {
    name: 'a payment that is being settled is not cancelled',
    from: 'released',
    first: ['maker', moves.settle],
    second: ['boss', moves.cancel],
    code: 'IB812',
    after: { status: 'settled', entries: 1, is_linked: true },
  },
  {
    name: 'a payment that is being cancelled is not settled',
    from: 'released',
    first: ['boss', moves.cancel],
    second: ['maker', moves.settle],
    code: 'IB812',
    after: { status: 'cancelled', entries: 0, is_linked: false },
  },
];

describe.each(testMajors())('a payment on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const login = database.login('finance');
  const { first, second, admin } = await openSessions(database, {
    first: login,
    second: login,
    admin: database.login('admin'),
  });
  const desk = await openDesk(database);

  async function beginAs(session: Session, of: Desk, person: Person, level: Level): Promise<void> {
    await begin(session, asPerson(of, person), level);
  }

  /** A desk of its own whose company has limits. */
  async function openLimited(cents: number, needed: 1 | 2): Promise<Desk> {
    const limited = await openDesk(database);
    await withClient(database.login('admin'), (client) =>
      client.query(
        ['begin', contextOf(limited.book), rulesOf(limited, cents, needed), 'commit'].join('; '),
      ),
    );
    return limited;
  }

  describe.each(levels)('at %s', (level) => {
    const isSnapshot = level !== 'read committed';

    test.each(duels)('$name', async ({ from, first: one, second: other, code, after }) => {
      const id = await makePayment(database, desk, from);
      await beginAs(first, desk, one[0], level);
      await beginAs(second, desk, other[0], level);
      await first.run(one[1](id, desk));
      const step = second.start(other[1](id, desk));
      await step.blocked(first);
      await first.run('commit');
      expect((await step.refusal()).code).toBe(isSnapshot ? '40001' : code);
      await second.run('rollback');
      const found = await findPayment(database, id);
      expect(found).toMatchObject(after);
      expect(found.trail.at(-1)).toBe(found.status);
    });

    test.each(duels)(
      '$name, unless the first gives up',
      async ({ from, first: one, second: other }) => {
        const id = await makePayment(database, desk, from);
        const before = await findPayment(database, id);
        await beginAs(first, desk, one[0], level);
        await beginAs(second, desk, other[0], level);
        await first.run(one[1](id, desk));
        const step = second.start(other[1](id, desk));
        await step.blocked(first);
        await first.run('rollback');
        await step.result();
        await second.run('commit');
        const found = await findPayment(database, id);
        expect([found.status, found.revision]).not.toEqual([before.status, before.revision]);
        expect(found.trail).toHaveLength(before.trail.length + 1);
      },
    );

    test('an edit that waits for an approval voids it', async () => {
      const id = await makePayment(database, desk, 'submitted');
      await beginAs(first, desk, 'boss', level);
      await beginAs(second, desk, 'editor', level);
      await first.run(moves.approve(id));
      const step = second.start(moves.redirect(id));
      await step.blocked(first);
      await first.run('commit');
      if (isSnapshot) expect((await step.refusal()).code).toBe('40001');
      else await step.result();
      await second.run(isSnapshot ? 'rollback' : 'commit');
      expect(await findPayment(database, id)).toMatchObject(
        isSnapshot
          ? { status: 'approved', beneficiary_account: 'DE01' }
          : { status: 'draft', revision: 2, approvals: 0, beneficiary_account: 'MALLORY' },
      );
    });

    test('two settlements book once, and answer with the same entry', async () => {
      const id = await makePayment(database, desk, 'released');
      await beginAs(first, desk, 'maker', level);
      await beginAs(second, desk, 'boss', level);
      const entry = (await first.run(moves.settle(id, desk))).rows[0];
      const step = second.start(moves.settle(id, desk));
      await step.blocked(first);
      await first.run('commit');
      if (isSnapshot) {
        expect((await step.refusal()).code).toBe('40001');
        await beginAs(second, desk, 'boss', level);
        expect((await second.run(moves.settle(id, desk))).rows[0]).toEqual(entry);
      } else {
        expect((await step.result()).rows[0]).toEqual(entry);
      }
      await second.run('commit');
      expect(await findPayment(database, id)).toMatchObject({
        status: 'settled',
        entries: 1,
        is_linked: true,
      });
    });

    test('two approvals that are needed both count, and the second approves', async () => {
      const limited = await openLimited(5000, 2);
      const id = await makePayment(database, limited, 'submitted');
      await beginAs(first, limited, 'boss', level);
      await beginAs(second, limited, 'second', level);
      expect((await first.run(moves.approve(id))).rows).toEqual([{ answer: 'submitted' }]);
      const step = second.start(moves.approve(id));
      await step.blocked(first);
      await first.run('commit');
      if (isSnapshot) {
        // It could not see the first approval, and must not leave the payment short of one.
        expect((await step.refusal()).code).toBe('40001');
        await beginAs(second, limited, 'second', level);
        expect((await second.run(moves.approve(id))).rows).toEqual([{ answer: 'approved' }]);
      } else {
        expect((await step.result()).rows).toEqual([{ answer: 'approved' }]);
      }
      await second.run('commit');
      expect(await findPayment(database, id)).toMatchObject({ status: 'approved', approvals: 2 });
    });

    test('one person in two sessions is not two approvers', async () => {
      const limited = await openLimited(5000, 2);
      const id = await makePayment(database, limited, 'submitted');
      await beginAs(first, limited, 'boss', level);
      await beginAs(second, limited, 'boss', level);
      await first.run(moves.approve(id));
      const step = second.start(moves.approve(id));
      await step.blocked(first);
      await first.run('commit');
      expect((await step.refusal()).code).toBe(isSnapshot ? '40001' : '23505');
      await second.run('rollback');
      expect(await findPayment(database, id)).toMatchObject({ status: 'submitted', approvals: 1 });
    });

    const rules = {
      'a limit that is lowered':
        'update finance.approval_limits set max_amount_cents = 999 where company_id = %L',
      'a limit that is taken away and another that is made': `update finance.approval_limits set is_active = false where company_id = %1$L;
         insert into finance.approval_limits (tenant_id, company_id, role_name, currency, max_amount_cents)
         select c.tenant_id, c.id, 'director', 'USD', 1000000 from finance.companies c where c.id = %1$L`,
      'an approver who is dismissed':
        'update finance.payment_approvers set is_active = false where company_id = %L',
    };

    test.each(Object.entries(rules))('%s is not overlooked by an approval', async (_name, sql) => {
      const limited = await openLimited(5000, 1);
      const id = await makePayment(database, limited, 'submitted');
      const change = sql.replaceAll(/%(1\$)?L/g, format('%L', limited.book.companyId));
      await begin(admin, limited.book, level);
      await beginAs(second, limited, 'boss', level);
      await admin.run(change);
      const step = second.start(moves.approve(id));
      await step.blocked(admin);
      await admin.run('commit');
      expect((await step.refusal()).code).toBe(isSnapshot ? '40001' : 'IB815');
      await second.run('rollback');
      expect(await findPayment(database, id)).toMatchObject({ status: 'submitted', approvals: 0 });
    });

    test('the first limits of a company are not overlooked by an approval', async () => {
      const fresh = await openDesk(database);
      const id = await makePayment(database, fresh, 'submitted');
      await begin(admin, fresh.book, level);
      await beginAs(second, fresh, 'boss', level);
      await admin.run(rulesOf(fresh, 999, 1));
      const step = second.start(moves.approve(id));
      await step.blocked(admin);
      await admin.run('commit');
      expect((await step.refusal()).code).toBe(isSnapshot ? '40001' : 'IB815');
      await second.run('rollback');
      expect(await findPayment(database, id)).toMatchObject({ status: 'submitted', approvals: 0 });
    });

    test('a change of limits waits for an approval under way', async () => {
      const limited = await openLimited(5000, 1);
      const id = await makePayment(database, limited, 'submitted');
      await beginAs(first, limited, 'boss', level);
      await begin(admin, limited.book, level);
      await first.run(moves.approve(id));
      const step = admin.start(
        format(
          'update finance.approval_limits set max_amount_cents = 999 where company_id = %L',
          limited.book.companyId,
        ),
      );
      await step.blocked(first);
      await first.run('commit');
      await step.result();
      await admin.run('commit');
      expect(await findPayment(database, id)).toMatchObject({ status: 'approved' });
    });
  });

  test('leaves every entry whole', async () => {
    expect(await faultsOf(database, desk.book)).toEqual([]);
  });
});
