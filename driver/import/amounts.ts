import { type AmountFormat, parseMinorUnits } from '../money.ts';
import type { Posting } from './entry.ts';
import { ImportError } from './errors.ts';
import type { AmountStyle } from './layout.ts';

const DEBIT_SIDES: ReadonlySet<string> = new Set(['d', 'dr', 'debit', '+']);
const CREDIT_SIDES: ReadonlySet<string> = new Set(['c', 'cr', 'credit', '-']);

/**
 * Reads the amount of one posting in minor units: a debit is positive, a credit negative, zero is zero.
 * @throws MoneyError for text that is no exact amount; ImportError IB956 when the cells contradict each other.
 */
export function postingAmount(
  posting: Posting,
  style: AmountStyle,
  exponent: number,
  format: AmountFormat,
): bigint {
  const read = (text: string) => parseMinorUnits(text, exponent, format);
  if (style === 'debit-credit') return fromSides(posting, read);
  const amount = read(posting.amount);
  if (style === 'side') return directed(amount, posting.side);
  const { debit, credit } = posting;
  const repeated = credit === '' ? debit : debit === '' ? `-${credit}` : null;
  if (repeated !== '' && repeated !== posting.amount && fromSides(posting, read) !== amount) {
    throw new ImportError(
      'IB956',
      `amount ${posting.amount} does not agree with debit "${posting.debit}", credit "${posting.credit}"`,
      'Correct the row: the amount is the debit minus the credit.',
    );
  }
  return amount;
}

function fromSides(posting: Posting, read: (text: string) => bigint): bigint {
  if (posting.debit === '' && posting.credit === '') return read('');
  const debit = posting.debit === '' ? 0n : read(posting.debit);
  const credit = posting.credit === '' ? 0n : read(posting.credit);
  if (debit < 0n || credit < 0n || (debit > 0n && credit > 0n)) {
    throw new ImportError(
      'IB956',
      `debit "${posting.debit}" and credit "${posting.credit}" do not give one direction`,
      'Write a positive amount in one of the two columns and nothing or zero in the other.',
    );
  }
  return debit - credit;
}

function directed(amount: bigint, side: string): bigint {
  const word = side.toLowerCase();
  const known = DEBIT_SIDES.has(word) || CREDIT_SIDES.has(word);
  if (!known || amount < 0n) {
    throw new ImportError(
      'IB956',
      known
        ? 'a negative amount together with a side does not give one direction'
        : `"${side.slice(0, 20)}" is not a side`,
      'Write positive amounts, and D, DR, debit or + for a debit, C, CR, credit or - for a credit.',
    );
  }
  return CREDIT_SIDES.has(word) ? -amount : amount;
}
