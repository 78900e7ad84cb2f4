import { FabricError } from './errors.ts';
import { readObject } from './payload.ts';
import { PostingError } from './posting-error.ts';
import { shown } from './tables.ts';
import { isStorableText } from './text.ts';

/** An amount in minor units: from 0 to 10^17, as a bigint, its digits, or a safe integer. */
export type MinorUnits = bigint | string | number;

/** One line of an entry: an account, a currency and either a debit or a credit. Absent and null mean the same. */
export interface NewJournalLine {
  readonly accountId: string;
  /** ISO 4217 code, or another one listed in config.currencies. */
  readonly currency: string;
  readonly debitCents?: MinorUnits | null;
  readonly creditCents?: MinorUnits | null;
  readonly memo?: string | null;
  /** Amounts in the functional currency of the company, where the line is in another one. */
  readonly baseDebitCents?: MinorUnits | null;
  readonly baseCreditCents?: MinorUnits | null;
  /** The rate that gave the base amounts, and the second one where two were needed. */
  readonly fxRateId?: string | null;
  readonly fxCrossRateId?: string | null;
}

/** An entry to post. Absent and null mean the same. */
export interface NewJournalEntry {
  readonly companyId: string;
  /** YYYY-MM-DD. */
  readonly entryDate: string;
  readonly description: string;
  readonly reference?: string | null;
  /** Unique in the tenant: the same entry sent again under its key is answered with the first posting. */
  readonly idempotencyKey?: string | null;
  readonly lines: readonly NewJournalLine[];
}

/** An entry as it travels, and how many lines it has. */
export interface EncodedEntry {
  readonly json: string;
  readonly lines: number;
}

type Field = readonly [name: string, encode: Encoder, isRequired: boolean];
type Encoder = (value: unknown) => string | Expected;

/** What a field takes, said when its value is something else. */
class Expected {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DIGITS = /^\d{1,18}$/;

const uuid = matching(UUID, 'a UUID');
const day = matching(/^\d{4}-\d{2}-\d{2}$/, "a date as 'YYYY-MM-DD'");
const text: Encoder = (value) =>
  typeof value === 'string' && isStorableText(value) ? value : new Expected('a text');
const amount: Encoder = (value) => {
  const digits = typeof value === 'bigint' || Number.isSafeInteger(value) ? `${value}` : value;
  return typeof digits === 'string' && DIGITS.test(digits)
    ? digits
    : new Expected(
        'a whole number of minor units, not negative: a bigint, digits or a safe integer',
      );
};

const ENTRY: ReadonlyMap<string, Field> = new Map([
  ['companyId', ['company_id', uuid, true]],
  ['entryDate', ['entry_date', day, true]],
  ['description', ['description', text, true]],
  ['reference', ['reference', text, false]],
  ['idempotencyKey', ['idempotency_key', text, false]],
]);

const LINE: ReadonlyMap<string, Field> = new Map([
  ['accountId', ['account_id', uuid, true]],
  ['currency', ['currency', text, true]],
  ['debitCents', ['debit_cents', amount, false]],
  ['creditCents', ['credit_cents', amount, false]],
  ['memo', ['memo', text, false]],
  ['baseDebitCents', ['base_debit_cents', amount, false]],
  ['baseCreditCents', ['base_credit_cents', amount, false]],
  ['fxRateId', ['fx_rate_id', uuid, false]],
  ['fxCrossRateId', ['fx_cross_rate_id', uuid, false]],
]);

/**
 * Encodes an entry for finance.post_journals, or refuses it: nothing is coerced, and no method of it is called.
 * What the books say of it (balance, accounts, periods) is for the server.
 * @param index place of the entry in its stream, from 0.
 * @throws PostingError IB926 naming the entry and the field.
 */
export function encodeEntry(entry: unknown, index: number): EncodedEntry {
  const refuse = (field: string, what: string, hint: string): PostingError =>
    PostingError.refused(index, field, what, hint);
  const { fields, rest } = encodeFields(entry, '', ENTRY, refuse, 'lines');
  if (!Array.isArray(rest)) throw refuse('lines', 'is not a list', 'Pass an array of lines.');
  const lines: object[] = [];
  for (let at = 0; at < rest.length; at++) {
    const line = encodeFields(rest[at], `lines[${at}]`, LINE, refuse).fields;
    lines.push({ debit_cents: '0', credit_cents: '0', ...line });
  }
  return { json: JSON.stringify({ ...fields, lines }), lines: lines.length };
}

function encodeFields(
  value: unknown,
  at: string,
  known: ReadonlyMap<string, Field>,
  refuse: (field: string, what: string, hint: string) => PostingError,
  apart?: string,
): { fields: Record<string, string>; rest: unknown } {
  const fields: Record<string, string> = {};
  let rest: unknown;
  for (const [key, given] of pairsOf(value, at, refuse)) {
    const name = at === '' ? key : `${at}.${key}`;
    if (key === apart) {
      rest = given;
      continue;
    }
    const field = known.get(key);
    if (field === undefined) {
      const names = [...known.keys(), ...(apart === undefined ? [] : [apart])].join(', ');
      throw refuse(at, `has no field ${shown(key)}`, `Fields: ${names}.`);
    }
    if (given === null && !field[2]) continue;
    const encoded =
      given === undefined ? new Expected('a value; leave it out for none') : field[1](given);
    if (encoded instanceof Expected) throw refuse(name, 'was refused', `Pass ${encoded.what}.`);
    fields[field[0]] = encoded;
  }
  for (const [key, [column, , isRequired]] of known) {
    if (!isRequired || Object.hasOwn(fields, column)) continue;
    throw refuse(at === '' ? key : `${at}.${key}`, 'is missing', 'Every entry and line has it.');
  }
  return { fields, rest };
}

function pairsOf(
  value: unknown,
  at: string,
  refuse: (field: string, what: string, hint: string) => PostingError,
): [string, unknown][] {
  try {
    return readObject(value, 'IB926', 'it');
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    throw refuse(at, error.message.replace(/^it /, ''), error.hint ?? '');
  }
}

function matching(shape: RegExp, what: string): Encoder {
  return (value) => (typeof value === 'string' && shape.test(value) ? value : new Expected(what));
}
