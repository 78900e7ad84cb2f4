import type { AmountFormat, ThousandsMark } from '../money.ts';
import { type AccountType, parseAccountType } from './account-types.ts';
import { DATE_ORDERS } from './dates.ts';
import { TEXT_ENCODINGS } from './decode.ts';
import { ImportError } from './errors.ts';
import { parseColumnMap } from './generic.ts';
import type { ImportOptions } from './importer.ts';

/** The options of an import as texts, the way a command line gives them. */
export interface ImportTexts {
  readonly format?: string;
  readonly company?: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly map?: readonly string[];
  readonly dateFormat?: string;
  readonly decimal?: string;
  readonly thousands?: string;
  readonly parentheses?: boolean;
  readonly commodity?: readonly string[];
  readonly currency?: string;
  readonly defaultDescription?: string;
  readonly accountType?: readonly string[];
  readonly defaultAccountType?: string;
  readonly openPeriods?: boolean;
  readonly source?: string;
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  readonly batch?: string;
}

const FORMATS = ['hledger-csv', 'csv'] as const;
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

/**
 * Reads the options of an import from texts.
 * @throws ImportError IB959 naming the option that is missing or cannot be read.
 */
export function readImportTexts(file: string, texts: ImportTexts): ImportOptions {
  const {
    dateFormat = 'iso',
    encoding = 'utf-8',
    delimiter = ',',
    defaultAccountType: fallback,
    openPeriods = true,
    strict = false,
    dryRun = false,
    defaultDescription = '',
    source = '',
  } = texts;
  const format = oneOf('--format', texts.format ?? '', FORMATS);
  if (format === 'hledger-csv' && (texts.map ?? []).length > 0) {
    throw unfit(
      '--map',
      'is for --format csv',
      'hledger-csv finds its columns by their own names.',
    );
  }
  return {
    file,
    format,
    company: present('--company', texts.company),
    encoding: oneOf('--encoding', encoding, TEXT_ENCODINGS),
    delimiter: delimiterOf(delimiter),
    map: parseColumnMap(texts.map ?? []),
    dates: oneOf('--date-format', dateFormat, DATE_ORDERS),
    amounts: amountFormat(texts),
    commodities: pairs('--commodity', texts.commodity ?? [], (code) => code),
    ...(texts.currency === undefined ? {} : { currency: texts.currency }),
    defaultDescription: defaultDescription.trim(),
    accountTypes: {
      prefixes: pairs<AccountType>('--account-type', texts.accountType ?? [], parseAccountType),
      ...(fallback === undefined ? {} : { fallback: parseAccountType(fallback) }),
    },
    openPeriods,
    source,
    strict,
    dryRun,
    batchEntries: batchOf(texts.batch ?? '500'),
  };
}

/** Returns the value of an option that must be there. @throws ImportError IB959. */
export function present(option: string, value: string | undefined): string {
  if (value !== undefined && value.trim() !== '') return value.trim();
  throw unfit(option, 'is missing', 'Give it on the command line; --help lists all options.');
}

/** Returns the choice that an option names, in any case. @throws ImportError IB959. */
export function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value.trim().toLowerCase());
  if (found !== undefined) return found;
  throw unfit(
    option,
    value === '' ? 'is missing' : `"${value}" is not known`,
    `Choose ${choices.join(', ')}.`,
  );
}

function amountFormat(texts: ImportTexts): AmountFormat {
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

/**
 * Reads `left=right` pairs; the last equals sign parts them, since a symbol or an account may hold one.
 * @throws ImportError IB959.
 */
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

/** Returns the one character that parts columns. @throws ImportError IB959. */
export function delimiterOf(text: string): string {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text;
  if (delimiter.length === 1 && !/["\r\n\w]/.test(delimiter)) return delimiter;
  throw unfit(
    '--delimiter',
    `"${text}" cannot part columns`,
    'Give one character, such as ; or tab.',
  );
}

function batchOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw unfit('--batch', `"${text}" is not a number of entries`, 'Give a number from 1 to 9999.');
}

function unfit(option: string, what: string, hint: string): ImportError {
  return new ImportError('IB959', `${option} ${what}`, hint);
}
