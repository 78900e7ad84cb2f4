import { FabricError } from './errors.ts';

/** Largest amount a journal line takes, in minor units: 10^17. */
export const MAX_MINOR_UNITS = 100_000_000_000_000_000n;

/** What is wrong with an amount: IB940 not a number, IB941 too many decimals, IB942 separator, IB943 sign, IB944 too large, IB945 bad format. */
export type MoneyErrorCode = 'IB940' | 'IB941' | 'IB942' | 'IB943' | 'IB944' | 'IB945';

/** An amount that cannot be read exactly; `code` is stable, `hint` says what to do. */
export class MoneyError extends FabricError {
  override readonly name = 'MoneyError';

  constructor(code: MoneyErrorCode, message: string, hint: string) {
    super(code, message, { hint });
  }
}

/** Character between groups of three digits; `' '` also matches the no-break spaces. */
export type ThousandsMark = ',' | '.' | ' ' | "'" | '_';

/** How amounts are written: a decimal point, no thousands marks and no parentheses unless said otherwise. */
export interface AmountFormat {
  readonly decimal?: '.' | ',';
  readonly thousands?: ThousandsMark | undefined;
  /** Whether `(1.50)` means minus 1.50. */
  readonly parentheses?: boolean;
  /** Currency code named in error messages. */
  readonly currency?: string;
}

const MARKS = /[.,'_ ]/u;
const SPACES = /[\u00a0\u202f]/gu;

/**
 * Reads a decimal amount as minor units, exactly: never through a float and never rounded.
 * Decimals beyond `exponent` are taken when they are zeros (`1.500` at exponent 2 is 150) and refused otherwise.
 * @throws MoneyError IB940 to IB945.
 */
export function parseMinorUnits(text: string, exponent: number, format: AmountFormat = {}): bigint {
  checkFormat(exponent, format);
  const { negative, digits } = unsigned(text.trim(), text, format);
  const { whole, fraction } = parts(digits, text, format);
  if (/[1-9]/.test(fraction.slice(exponent))) {
    throw new MoneyError(
      'IB941',
      `${quote(text)} has more decimals than ${format.currency ?? 'the currency'} allows (${exponent})`,
      'Amounts are never rounded: correct the amount, or the exponent of the currency.',
    );
  }
  const significant = (whole + fraction.slice(0, exponent).padEnd(exponent, '0')).replace(
    /^0+(?=\d)/,
    '',
  );
  const value = significant.length > 18 ? MAX_MINOR_UNITS + 1n : BigInt(significant);
  if (value > MAX_MINOR_UNITS) {
    throw new MoneyError(
      'IB944',
      `${quote(text)} is beyond the largest amount, 10^17 minor units`,
      'Split the amount over several lines, or check for a slipped decimal mark.',
    );
  }
  return negative ? -value : value;
}

/** Writes minor units as a plain decimal (`-1234.50`) that `parseMinorUnits` reads back to the same value. */
export function formatMinorUnits(amount: bigint, exponent: number): string {
  checkFormat(exponent, {});
  const digits = (amount < 0n ? -amount : amount).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = digits.slice(digits.length - exponent);
  return `${amount < 0n ? '-' : ''}${whole}${exponent > 0 ? `.${fraction}` : ''}`;
}

function checkFormat(exponent: number, format: AmountFormat): void {
  if (!Number.isInteger(exponent) || exponent < 0 || exponent > 18) {
    throw new MoneyError(
      'IB945',
      `exponent ${exponent} is not a whole number from 0 to 18`,
      'Use the exponent recorded in config.currencies.',
    );
  }
  if ((format.decimal ?? '.') === format.thousands) {
    throw new MoneyError(
      'IB945',
      `${quote(format.thousands)} cannot be both the decimal and the thousands mark`,
      'Choose two different marks.',
    );
  }
}

function unsigned(
  trimmed: string,
  text: string,
  format: AmountFormat,
): { negative: boolean; digits: string } {
  if (trimmed === '') {
    throw new MoneyError('IB940', 'the amount is empty', 'Give every posting an amount.');
  }
  const inParentheses = trimmed.startsWith('(') && trimmed.endsWith(')') && trimmed.length > 2;
  if (inParentheses && format.parentheses !== true) {
    throw new MoneyError(
      'IB943',
      `${quote(text)} is in parentheses`,
      'If parentheses mean a negative amount in this file, say so (--parentheses).',
    );
  }
  const body = inParentheses ? trimmed.slice(1, -1).trim() : trimmed;
  const signed = !inParentheses && (body.startsWith('-') || body.startsWith('+'));
  const digits = signed ? body.slice(1).trimStart() : body;
  if (/[-+()\u2212]/u.test(digits)) {
    throw new MoneyError(
      'IB943',
      `${quote(text)} has a sign that cannot be read`,
      'Write one leading minus for a negative amount, such as -1.50.',
    );
  }
  return { negative: inParentheses || body.startsWith('-'), digits };
}

function parts(
  digits: string,
  text: string,
  format: AmountFormat,
): { whole: string; fraction: string } {
  const decimal = format.decimal ?? '.';
  const [whole = '', fraction, ...more] = digits.replace(SPACES, ' ').split(decimal);
  if (
    more.length === 0 &&
    /^\d+$/.test(whole) &&
    (fraction === undefined || /^\d+$/.test(fraction))
  ) {
    return { whole, fraction: fraction ?? '' };
  }
  if (more.length === 0 && whole === '' && fraction !== undefined && /^\d+$/.test(fraction)) {
    return { whole: '0', fraction };
  }
  const plain = digits.replace(SPACES, ' ');
  if (MARKS.test(plain.replace(decimal, '')) && /^[\d.,'_ ]+$/.test(plain)) {
    return { whole: ungrouped(whole, fraction, more, text, format), fraction: fraction ?? '' };
  }
  throw new MoneyError(
    'IB940',
    `${quote(text)} is not an amount`,
    'Write digits with one decimal mark and the currency in its own column, such as 1234.50.',
  );
}

function ungrouped(
  whole: string,
  fraction: string | undefined,
  more: readonly string[],
  text: string,
  format: AmountFormat,
): string {
  const mark = format.thousands;
  const groups = mark === undefined ? [] : whole.split(mark);
  const grouped =
    more.length === 0 &&
    groups.length > 1 &&
    /^\d{1,3}$/.test(groups[0] ?? '') &&
    groups.slice(1).every((group) => /^\d{3}$/.test(group)) &&
    (fraction === undefined || /^\d+$/.test(fraction));
  if (grouped) return groups.join('');
  throw new MoneyError(
    'IB942',
    mark === undefined
      ? `${quote(text)} has a separator that is not the decimal mark ${quote(format.decimal ?? '.')}`
      : `${quote(text)} has a separator out of place`,
    'Say which marks the file uses (--decimal, --thousands); thousands marks stand between groups of three digits.',
  );
}

function quote(text: string | undefined): string {
  const shown = text ?? '';
  return `"${shown.length > 40 ? `${shown.slice(0, 40)}…` : shown}"`;
}
