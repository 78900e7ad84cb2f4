import { formatMinorUnits } from '../money.ts';
import { parseDate } from './dates.ts';
import type { Entry, EntryLine, Note, Posting, Problem, RawEntry, Refusal } from './entry.ts';
import { errorFacts } from './errors.ts';
import { accountIn, type CheckRules, headOf, valueIn } from './fields.ts';

type Value = Pick<EntryLine, 'currency' | 'amount'>;

/** What came of checking: an entry to book or its refusal, and remarks. */
export interface Checked {
  readonly entry: Entry | null;
  readonly refusal: Refusal | null;
  readonly notes: readonly Note[];
}

/** Checks one entry without asking the database and collects every problem it has. */
export function checkEntry(raw: RawEntry, rules: CheckRules): Checked {
  const problems: Problem[] = [];
  const notes: Note[] = [];
  const attempt = <T>(line: number, work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      const { code, message, hint } = errorFacts(error);
      if (code === '') throw error;
      problems.push({ line, code, message, hint, by: 'importer' });
      return null;
    }
  };
  const head = attempt(raw.firstLine, () => headOf(raw, rules));
  const date = attempt(raw.firstLine, () => parseDate(raw.postings[0]?.date ?? '', rules.dates));
  const lines: EntryLine[] = [];
  const amounts: Value[] = [];
  for (const posting of raw.postings) {
    const value = attempt(posting.line, () => valueIn(posting, rules));
    if (value !== null) amounts.push(value);
    if (value?.amount === 0n) {
      notes.push(zeroNote(posting));
      continue;
    }
    const account = attempt(posting.line, () => accountIn(posting));
    if (value !== null && account !== null)
      lines.push({ line: posting.line, ...account, ...value });
  }
  if (amounts.length === raw.count) problems.push(...imbalance(raw, amounts, rules));
  const { txn, firstLine, lastLine } = raw;
  if (problems.length > 0 || head === null || date === null) {
    const inOrder = problems.toSorted((a, b) => a.line - b.line);
    return { entry: null, refusal: { txn, firstLine, lastLine, problems: inOrder }, notes: [] };
  }
  const content = { ...head, date, lines };
  const key = rules.identity.key(content);
  return { entry: { txn, firstLine, lastLine, ...content, key }, refusal: null, notes };
}

function zeroNote(posting: Posting): Note {
  return {
    line: posting.line,
    txn: posting.txn,
    message: `a posting of zero to ${posting.account} was left out`,
  };
}

function imbalance(raw: RawEntry, amounts: readonly Value[], rules: CheckRules): Problem[] {
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of amounts) {
    sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  }
  const zeros = amounts.filter(({ amount }) => amount === 0n).length;
  const count = amounts.length - zeros;
  const problem = (code: string, message: string, hint: string): Problem[] => [
    { line: raw.firstLine, code, message, hint, by: 'importer' },
  ];
  if (count < 2) {
    const found = `the entry has ${count} line${count === 1 ? '' : 's'} with an amount and needs two`;
    const left = zeros > 0 ? `; ${zeros} of zero left out` : '';
    return problem('IB202', found + left, 'Give the entry its other side.');
  }
  const off = [...sums]
    .filter(([, sum]) => sum !== 0n)
    .map(([code, sum]) => {
      return `${code} is off by ${formatMinorUnits(sum, rules.currencies.get(code) ?? 0)}`;
    });
  if (off.length === 0) return [];
  const hint = 'Correct the amounts: debits must equal credits.';
  return problem(
    'IB201',
    `the entry does not balance: ${off.join(', ')}`,
    sums.size > 1 ? rules.layout.mixedCommodityHint : hint,
  );
}
