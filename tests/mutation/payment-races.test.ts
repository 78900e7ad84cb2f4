import format from 'pg-format';
import { describe, expect, test } from 'vitest';
import { begin, contextOf, levels } from '../ledger/books.ts';
import {
  asPerson,
  findPayment,
  makePayment,
  moves,
  openDesk,
  rulesOf,
} from '../ledger/payments.ts';
import { openDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { openSessions } from '../support/sessions.ts';
import { rewritten } from './mutant.ts';

describe.each([
  [
    'read without locking the company',
    rewritten('finance.stamp_approval()', 'payment.company_id for share', 'payment.company_id'),
  ],
  [
    'changed without a trace on the company',
    'alter table finance.approval_limits disable trigger t50_bump_rules',
  ],
])('limits that are %s', async (_name, sql) => {
  const database = await openDatabase();
  await withClient(database.admin, (admin) => admin.query(sql));
  const { admin, approver } = await openSessions(database, {
    admin: database.login('admin'),
    approver: database.login('finance'),
  });

  test.each(levels)('are overlooked by an approval at %s', async (level) => {
    const desk = await openDesk(database);
    const rules = ['begin', contextOf(desk.book), rulesOf(desk, 5000, 1), 'commit'].join('; ');
    await admin.run(rules);
    const id = await makePayment(database, desk, 'submitted');
    await begin(admin, desk.book, level);
    await begin(approver, asPerson(desk, 'boss'), level);
    await admin.run(
      format(
        'update finance.approval_limits set max_amount_cents = 1 where company_id = %L',
        desk.book.companyId,
      ),
    );
    const approved = approver.start(moves.approve(id));
    await approved.result();
    await admin.run('commit');
    await approver.run('commit');
    expect(await findPayment(database, id)).toMatchObject({ status: 'approved' });
  });
});
