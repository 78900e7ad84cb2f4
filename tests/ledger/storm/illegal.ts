import format from 'pg-format';
import { contextOf } from '../books.ts';
import type { Line } from '../postings.ts';
import { dates, mirrorOf, newClaim, type Operation, type Scene } from './operation.ts';
import { callPostJournal, callPostJournals, header, lines } from './sql.ts';
import type { Claim } from './tally.ts';

/** An attempt is a list of statements, of which one must be refused, COMMIT at the latest. */
function attempt(
  kind: string,
  codes: readonly string[],
  statements: (scene: Scene, claim: Claim) => readonly string[],
): Operation {
  return {
    kind,
    weight: 1,
    codes,
    async run(scene) {
      // In a period that stays open, so that nothing but the attempt itself is refused.
      const claim = { ...newClaim(scene), date: dates[0] };
      for (const sql of statements(scene, claim)) await scene.client.query(sql);
      return {};
    },
  };
}

/** An attempt on an entry that has been posted, of those that `suits` if it is given. */
function attemptOn(
  kind: string,
  codes: readonly string[],
  statements: (scene: Scene, target: Claim) => readonly string[],
  suits: (claim: Claim) => boolean = () => true,
): Operation {
  return {
    kind,
    weight: 1,
    codes: ['IB802', ...codes],
    async run(scene) {
      const targets = scene.known.filter(suits);
      if (targets.length === 0) return { isGivenUp: true };
      const target = scene.random.pick(targets);
      for (const sql of statements(scene, target)) await scene.client.query(sql);
      return {};
    },
  };
}

function unbalanced(claim: Claim): Claim {
  return { ...claim, lines: claim.lines.map((l) => (l.no === 1 ? grown(l) : l)) };
}

function grown(line: Line): Line {
  return { ...line, cents: line.cents + Math.sign(line.cents) };
}

function oneLine(claim: Claim): Claim {
  return { ...claim, lines: claim.lines.slice(0, 1) };
}

/** Two lines that balance, numbered after those of an entry. */
function furtherLines(scene: Scene, claim: Claim): readonly Line[] {
  const { cash, sales } = scene.book.accounts;
  const last = claim.lines.length;
  return [
    { no: last + 1, account: cash, cents: 5 },
    { no: last + 2, account: sales, cents: -5 },
  ];
}

function onAccount(claim: Claim, account: string): Claim {
  return { ...claim, lines: claim.lines.map((l) => (l.no === 2 ? { ...l, account } : l)) };
}

/** Operations that must never be committed. */
export const illegalOperations: readonly Operation[] = [
  attempt('unbalanced by function', ['IB201'], ({ book }, claim) => [
    callPostJournal(book, unbalanced(claim)),
  ]),
  attempt('unbalanced in an array', ['IB201'], (scene, claim) => [
    callPostJournals(scene.book, [
      { claim: newClaim(scene, ' beside') },
      { claim: unbalanced(claim) },
    ]),
  ]),
  attempt('unbalanced directly', ['IB201'], ({ book }, claim) => [
    header(book, claim),
    lines(book, unbalanced(claim)),
  ]),
  attempt('unbalanced across currencies', ['IB201'], ({ book }, claim) => [
    header(book, claim),
    lines(book, claim).replace("'USD'", "'EUR'"),
  ]),
  attempt('one line by function', ['IB202'], ({ book }, claim) => [
    callPostJournal(book, oneLine(claim)),
  ]),
  attempt('one line in an array', ['IB202'], ({ book }, claim) => [
    callPostJournals(book, [{ claim: oneLine(claim) }]),
  ]),
  attempt('one line directly', ['IB202'], ({ book }, claim) => [
    header(book, claim),
    lines(book, oneLine(claim)),
  ]),
  attempt('no line', ['IB202'], ({ book }, claim) => [header(book, claim)]),
  attempt('a gap', ['IB204'], ({ book }, claim) => [
    header(book, claim),
    lines(book, { ...claim, lines: claim.lines.map((l) => ({ ...l, no: l.no + 1 })) }),
  ]),
  attempt('a second statement', ['IB204'], (scene, claim) => [
    header(scene.book, claim),
    lines(scene.book, claim),
    lines(scene.book, claim, furtherLines(scene, claim)),
  ]),
  attempt('a second statement, numbered below one', ['IB204'], ({ book }, claim) => {
    const { cash, sales } = book.accounts;
    const pair = [
      { no: 1, account: cash, cents: 7 },
      { no: 2, account: sales, cents: -7 },
    ];
    // As many as their highest number says, and they balance.
    const more = [
      { no: 3, account: cash, cents: 5 },
      { no: 0, account: sales, cents: -2 },
      { no: -1, account: sales, cents: -3 },
    ];
    return [header(book, claim), lines(book, claim, pair), lines(book, claim, more)];
  }),
  attempt('more after an immediate check', ['IB204'], (scene, claim) => [
    header(scene.book, claim),
    lines(scene.book, claim),
    'set constraints all immediate',
    lines(scene.book, claim, furtherLines(scene, claim)),
  ]),
  attempt('more where there is no conflict', ['IB204'], (scene, claim) => [
    header(scene.book, claim),
    lines(scene.book, claim),
    `${lines(scene.book, claim, [...claim.lines, ...furtherLines(scene, claim)])} on conflict do nothing`,
  ]),
  attempt('lines rolled back to a savepoint', ['IB202'], ({ book }, claim) => [
    header(book, claim),
    'savepoint lines',
    lines(book, claim),
    'rollback to savepoint lines',
  ]),
  attempt('a header rolled back to a savepoint', ['23503'], ({ book }, claim) => [
    'savepoint header',
    header(book, claim),
    'rollback to savepoint header',
    lines(book, claim),
  ]),
  attempt('an error swallowed', ['IB202'], ({ book }, claim) => [
    header(book, claim),
    format(
      'do %L',
      `begin ${lines(book, unbalanced(claim))}; exception when others then null; end`,
    ),
  ]),
  attempt('a foreign account by function', ['IB205'], ({ book, foreign }, claim) => [
    callPostJournal(book, onAccount(claim, foreign.accounts.cash)),
  ]),
  attempt('a foreign account in an array', ['IB205'], ({ book, foreign }, claim) => [
    callPostJournals(book, [{ claim: onAccount(claim, foreign.accounts.cash) }]),
  ]),
  attempt('a foreign account directly', ['IB205', '23503'], ({ book, foreign }, claim) => [
    header(book, claim),
    lines(book, onAccount(claim, foreign.accounts.cash)),
  ]),
  attempt('an inactive account', ['IB205'], ({ book }, claim) => [
    callPostJournal(book, onAccount(claim, book.accounts.inactive)),
  ]),
  attempt('a header of another tenant', ['42501'], ({ foreign }, claim) => [
    header(foreign, claim),
    lines(foreign, claim),
  ]),
  attempt('lines of another tenant', ['42501'], ({ book, foreign }, claim) => [
    header(book, claim),
    lines(foreign, claim),
  ]),
  attempt('a company of another tenant', ['IB205'], ({ book, foreign }, claim) => [
    callPostJournal({ ...book, companyId: foreign.companyId }, claim),
  ]),
  attempt('a tenant switch in RETURNING', ['IB201'], ({ book, foreign }, claim) => [
    header(book, claim),
    `${lines(book, unbalanced(claim))}
     returning set_config('app.tenant_id', '${foreign.tenantId}', true)`,
  ]),
  attempt('a tenant switch before COMMIT', ['IB202'], ({ book, foreign }, claim) => [
    header(book, claim),
    contextOf(foreign),
  ]),
  attempt('a reversal within its statement', ['IB208'], ({ book }, claim) => [
    header(book, claim),
    format(
      `insert into finance.journal_lines
         (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
       select %L, %L::uuid, n, (array[%L]::uuid[])[1 + n %% 2], 'USD', n %% 2, (n + 1) %% 2,
         case when n = 3 then finance.reverse_journal(%L, %L, 'too early')::text end
       from generate_series(1, 4) as n`,
      book.tenantId,
      claim.id,
      [book.accounts.cash, book.accounts.sales],
      claim.id,
      claim.date,
    ),
  ]),
  attempt('a forged event', ['42501'], ({ book }) => [
    format(
      `insert into finance.audit_events (tenant_id, action, object) values (%L, 'journal.posted', 'x')`,
      book.tenantId,
    ),
  ]),
  attempt('a forged balance', ['42501'], ({ book }) => [
    format('delete from finance.balance_deltas where tenant_id = %L', book.tenantId),
  ]),
  attempt('another role', ['42501'], (_scene) => ['set local role aibos_poster']),
  attemptOn('lines for a posted entry', ['IB203', '23503'], (scene, target) => [
    lines(scene.book, target, furtherLines(scene, target)),
  ]),
  attemptOn('the lines of a posted entry again', ['23505', '23503'], (scene, target) => [
    lines(scene.book, target),
  ]),
  attemptOn('an update', ['42501'], (_scene, target) => [
    format(
      `update finance.journal_lines set debit_cents = debit_cents * 2, credit_cents = credit_cents * 2
       where journal_entry_id = %L`,
      target.id,
    ),
  ]),
  attemptOn('a merge', ['42501'], (_scene, target) => [
    format(
      `merge into finance.journal_entries e using (values (1)) as v (n) on e.id = %L
       when matched then update set description = 'merged'`,
      target.id,
    ),
  ]),
  attemptOn('a deletion', ['42501'], (_scene, target) => [
    format('delete from finance.journal_entries where id = %L', target.id),
  ]),
  attemptOn('a truncation', ['42501'], () => ['truncate finance.journal_entries cascade']),
  attemptOn(
    'the reversal of a reversal',
    ['IB208'],
    (scene, target) => {
      const again = mirrorOf(target, scene.mark);
      return [header(scene.book, again, target.id), lines(scene.book, again)];
    },
    (claim) => claim.isReversal === true,
  ),
  attemptOn('a reversal that does not mirror', ['IB209', 'IB208', '23505'], (scene, target) => {
    const mirror = mirrorOf(target, scene.mark);
    const off = { ...mirror, lines: mirror.lines.map((l) => ({ ...l, cents: l.cents * 2 })) };
    return [header(scene.book, off, target.id), lines(scene.book, off)];
  }),
];
