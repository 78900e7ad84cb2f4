import type { AmountFormat } from '../money.ts';
import { postingAmount } from './amounts.ts';
import type { DateOrder } from './dates.ts';
import type { Entry, EntryLine, Posting, RawEntry } from './entry.ts';
import { ImportError } from './errors.ts';
import { MAX_ENTRY_LINES } from './grouping.ts';
import type { EntryIdentity } from './identity.ts';
import type { Layout } from './layout.ts';

/** What entries are checked against. */
export interface CheckRules {
  readonly layout: Omit<Layout, 'posting'>;
  /** Active currencies with the exponent of their minor unit. */
  readonly currencies: ReadonlyMap<string, number>;
  /** What a commodity of the file is called in `currencies`. */
  readonly commodities: ReadonlyMap<string, string>;
  /** Currency of postings that name none. */
  readonly defaultCurrency: string;
  readonly defaultDescription: string;
  readonly dates: DateOrder;
  readonly amounts: AmountFormat;
  readonly identity: EntryIdentity;
}

/** Description and reference of an entry, from rows that agree. @throws ImportError IB956, IB957. */
export function headOf(raw: RawEntry, rules: CheckRules): Pick<Entry, 'description' | 'reference'> {
  const first = raw.postings[0];
  if (first === undefined || first.txn === '') {
    throw new ImportError(
      'IB956',
      'the row does not say which entry it belongs to',
      'Fill the entry column.',
    );
  }
  if (raw.count > MAX_ENTRY_LINES) {
    throw new ImportError(
      'IB957',
      `the entry has ${raw.count} lines, more than ${MAX_ENTRY_LINES}`,
      'Split it, or check that the entry column tells entries apart.',
    );
  }
  const fields: readonly ('date' | 'description' | 'reference')[] = rules.layout.repeatsHeader
    ? ['date', 'description', 'reference']
    : ['date'];
  for (const posting of raw.postings) {
    const differs = fields.find((field) => posting[field] !== first[field]);
    if (differs !== undefined) {
      throw new ImportError(
        'IB956',
        `line ${posting.line} has another ${differs} than line ${first.line} of the same entry`,
        'Give every row of an entry the same header, or give the entries different numbers.',
      );
    }
  }
  const stated = (field: 'description' | 'reference') =>
    raw.postings.find((posting) => posting[field] !== '')?.[field] ?? '';
  const description = stored(
    stated('description') || rules.defaultDescription,
    'description',
    2000,
  );
  if (description === '') {
    throw new ImportError(
      'IB957',
      'the entry has no description',
      'Describe it in the file, or give --default-description.',
    );
  }
  return { description, reference: stored(stated('reference'), 'reference', 255) || null };
}

/** Currency and amount of a posting, the amount possibly zero. @throws ImportError IB954, IB956; MoneyError. */
export function valueIn(
  posting: Posting,
  rules: CheckRules,
): Pick<EntryLine, 'currency' | 'amount'> {
  const currency = currencyOf(posting, rules);
  const exponent = rules.currencies.get(currency) ?? 0;
  const format = { ...rules.amounts, currency };
  return { currency, amount: postingAmount(posting, rules.layout.amounts, exponent, format) };
}

/** Account and memo of a posting. @throws ImportError IB955, IB957. */
export function accountIn(posting: Posting): Pick<EntryLine, 'account' | 'accountName' | 'memo'> {
  const account = stored(posting.account, 'account', 255);
  if (account === '' || /^\(.*\)$|^\[.*\]$/u.test(account)) {
    throw new ImportError(
      'IB955',
      account === '' ? 'the posting names no account' : `${account} is a virtual posting`,
      account === ''
        ? 'Fill the account column.'
        : 'Print real postings only (hledger print --real -O csv).',
    );
  }
  const accountName = stored(posting.accountName, 'account name', 255);
  return { account, accountName, memo: stored(posting.memo, 'memo', 2000) || null };
}

function currencyOf(posting: Posting, rules: CheckRules): string {
  const named = posting.commodity;
  const code = rules.commodities.get(named) ?? (named === '' ? rules.defaultCurrency : named);
  if (!rules.currencies.has(code)) {
    throw new ImportError(
      'IB954',
      `commodity "${named.slice(0, 40)}" is not an active code in config.currencies`,
      `Map it (--commodity '${named.slice(0, 40)}=USD'), or have the platform owner add the code.`,
    );
  }
  return code;
}

/** A text as it will be stored. @throws ImportError IB957 when it is too long or holds a NUL character. */
export function stored(text: string, what: string, limit: number): string {
  const length = text.length > limit ? [...text].length : text.length;
  if (length <= limit && !text.includes('\0')) return text;
  throw new ImportError(
    'IB957',
    length > limit
      ? `the ${what} is longer than ${limit} characters`
      : `the ${what} holds a NUL character`,
    'Correct the text: it is not cut or altered on the way in.',
  );
}
