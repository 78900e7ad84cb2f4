import type { AmountFormat, ThousandsMark } from '../money.ts';
import { ImportError } from './errors.ts';

/** The options that say how amounts are written, as texts. */
export interface AmountTexts {
  readonly decimal?: string;
  readonly thousands?: string;
  readonly parentheses?: boolean;
}

const DECIMALS: ReadonlyMap<string, '.' | ','> = new Map([
  ['.', '.'],
  ['dot', '.'],
  [',', ','],
  ['comma', ','],
]);
const THOUSANDS: ReadonlyMap<string, ThousandsMark> = new Map([
  ['.', '.'],
  ['dot', '.'],
  [',', ','],
  ['comma', ','],
  [' ', ' '],
  ['space', ' '],
  ["'", "'"],
  ['apostrophe', "'"],
  ['_', '_'],
  ['underscore', '_'],
]);

/** Returns the value of an option that must be there. @throws ImportError IB959. */
export function present(option: string, value: string | undefined): string {
  if (value !== undefined && value.trim() !== '') return value.trim();
  throw unfit(option, 'is missing', 'Give it on the command line; --help lists all options.');
}

/** One of the choices, in any case. @throws ImportError IB959. */
export function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value.trim().toLowerCase());
  if (found !== undefined) return found;
  throw unfit(
    option,
    value === '' ? 'is missing' : `"${value}" is not known`,
    `Choose ${choices.join(', ')}.`,
  );
}

/** How amounts are written, from --decimal, --thousands and --parentheses. @throws ImportError IB959. */
export function amountFormat(texts: AmountTexts): AmountFormat {
  const decimal = DECIMALS.get(texts.decimal ?? '.');
  const thousands = texts.thousands === undefined ? undefined : THOUSANDS.get(texts.thousands);
  if (decimal === undefined) {
    throw unfit('--decimal', `"${texts.decimal}" is not known`, 'Choose . or , (dot, comma).');
  }
  if (texts.thousands !== undefined && thousands === undefined) {
    const choices = 'Choose comma, dot, space, apostrophe or underscore.';
    throw unfit('--thousands', `"${texts.thousands}" is not known`, choices);
  }
  if (decimal === thousands) {
    throw unfit('--thousands', 'is the decimal mark as well', 'Choose two different marks.');
  }
  return { decimal, thousands, parentheses: texts.parentheses ?? false };
}

/** Reads `left=right` pairs; the last equals sign parts them, since a symbol or an account may hold one. @throws ImportError IB959. */
export function pairs<T>(
  option: string,
  texts: readonly string[],
  read: (right: string) => T,
): ReadonlyMap<string, T> {
  return new Map(
    texts.map((text) => {
      const at = text.lastIndexOf('=');
      const [left, right] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
      if (at <= 0 || left === '' || right === '') {
        throw unfit(
          option,
          `"${text}" is not a pair`,
          `Write it as left=right, such as ${option} 'A=B'.`,
        );
      }
      return [left, read(right)];
    }),
  );
}

/** The character that parts columns. @throws ImportError IB959. */
export function delimiterOf(text: string): string {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text;
  if (delimiter.length === 1 && !/["\r\n\w]/.test(delimiter)) return delimiter;
  throw unfit(
    '--delimiter',
    `"${text}" cannot part columns`,
    'Give one character, such as ; or tab.',
  );
}

/** How much one call of the database takes. @throws ImportError IB959. */
export function batchOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw unfit('--batch', `"${text}" is not a number of entries`, 'Give a number from 1 to 9999.');
}

/** The error of an option that cannot be used. */
export function unfit(option: string, what: string, hint: string): ImportError {
  return new ImportError('IB959', `${option} ${what}`, hint);
}
