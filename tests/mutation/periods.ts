import { hollow, mutant, rewritten } from './mutant.ts';

const periods = 'alter table finance.fiscal_periods drop constraint';
const stamp = 'finance.stamp_period()';
const move = 'finance.assert_period_move()';
const record = 'finance.record_period_move()';
const tree = 'finance.assert_chart_is_tree()';
const balances = 'finance.balances_as_of(uuid, uuid, date, timestamptz, uuid)';

/** Mutants of the calendar, of closing, of the chart and of the statements. */
export const periodMutants = [
  mutant(
    'a period may follow none',
    `${periods} fiscal_periods_follows_on_uq`,
    'finance/periods.sql',
  ),
  mutant(
    'a period may follow one that is not there',
    `${periods} fiscal_periods_follows_on_fk`,
    'finance/periods.sql',
  ),
  mutant(
    'a period may follow any day',
    `${periods} fiscal_periods_follows_on_ck`,
    'finance/periods.sql',
  ),
  mutant(
    'an open period may have a close in force',
    `${periods} fiscal_periods_close_id_ck`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'the close in force may be none that was recorded',
    `${periods} fiscal_periods_close_id_fk`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'new periods are linked and nothing else is asked',
    rewritten(stamp, 'new.ends_on <> edge.first_on - 1', 'false'),
    'finance/periods.sql',
  ),
  mutant(
    'a period may come before a closed one',
    rewritten(stamp, "next.status = 'closed'", 'false'),
    'finance/periods.sql',
  ),
  mutant(
    'a period may be born closed',
    rewritten(stamp, "new.status is distinct from 'open' or new.close_id is not null", 'false'),
    'finance/period_close.sql',
  ),
  mutant(
    'a period may make any move',
    rewritten(
      move,
      "('closed', 'open'))",
      "('closed', 'open'), ('open', 'closed'), ('closed', 'closing'))",
    ),
    'finance/period_close.sql',
  ),
  mutant(
    'a period may close before the one before it',
    rewritten(move, 'p.starts_on < new.starts_on', 'false'),
    'finance/period_close.sql',
  ),
  mutant(
    'a period may reopen before the one after it',
    rewritten(move, 'p.starts_on > new.starts_on', 'false'),
    'finance/period_close.sql',
  ),
  mutant(
    'a period may reopen without a reason',
    rewritten(move, "coalesce(current_setting('app.reason', true), '')", "'x'"),
    'finance/period_close.sql',
  ),
  mutant(
    'a period may close over half an entry',
    rewritten(move, 'e.created_xid = pg_current_xact_id()', 'false'),
    'finance/period_close.sql',
  ),
  mutant(
    'a closed period may be deleted',
    rewritten(move, "old.status <> 'open'", 'false'),
    'finance/period_close.sql',
  ),
  mutant(
    'moves leave no event and no close',
    hollow(record, 'return null'),
    'finance/period_close.sql',
  ),
  mutant(
    'a close forgets what was there before',
    rewritten(
      record,
      'coalesce(m.debit_cents, 0) + coalesce(b.debit_cents, 0)',
      'coalesce(m.debit_cents, 0)',
    ),
    'finance/period_close.sql',
  ),
  mutant(
    'the guard of moves runs with the rights of the caller',
    'alter function finance.assert_period_move() security invoker',
    'conventions/functions.sql',
  ),
  mutant(
    'the application may reopen periods',
    'grant execute on function finance.reopen_period(uuid, text) to aibos_finance_role',
    'finance/period_close.sql',
  ),
  mutant(
    'the application may insert closes',
    'grant insert on finance.period_closes to aibos_finance_role; grant insert on finance.period_close_totals to aibos_finance_role',
    'finance/period_close.sql',
    'conventions/access_matrix.sql',
  ),
  mutant(
    'an account may be above itself over many steps',
    hollow(tree, 'return null'),
    'finance/chart.sql',
  ),
  mutant(
    'totals are read for dates before the end of their period',
    rewritten(balances, 'p_as_of is null or p.ends_on <= p_as_of', 'true'),
    'finance/statements.sql',
  ),
  mutant(
    'totals are read for knowledge from before their entries',
    rewritten(balances, 'c.last_posted_at <= p_known_at', 'true'),
    'finance/statements.sql',
  ),
  mutant(
    'totals are never read',
    rewritten(balances, "p.status = 'closed'", 'false'),
    'finance/statements.sql',
  ),
  mutant(
    'what was posted later was known before',
    rewritten(balances, 'l.posted_at <= p_known_at', 'true'),
    'finance/statements.sql',
  ),
  mutant(
    'what is not converted is forgotten',
    rewritten(balances, 'case when l.is_unconverted then l.debit_cents else 0 end', '0'),
    'finance/statements.sql',
  ),
  mutant(
    'the trial balance runs with the rights of its owner',
    'alter function finance.trial_balance(uuid, date, timestamptz) security definer',
    'conventions/roles.sql',
  ),
  mutant(
    'a statement view runs with the rights of its owner',
    'alter view finance.v_balance_sheet set (security_invoker = false)',
    'conventions/views.sql',
  ),
];
