import { type AccountType, parseAccountType } from './account-types.ts';
import { DATE_ORDERS } from './dates.ts';
import { TEXT_ENCODINGS } from './decode.ts';
import { parseColumnMap } from './generic.ts';
import type { ImportOptions } from './importer.ts';
import {
  type AmountTexts,
  amountFormat,
  batchOf,
  delimiterOf,
  oneOf,
  pairs,
  present,
  unfit,
} from './texts.ts';

/** The options of an import as texts, the way a command line gives them. */
export interface ImportTexts extends AmountTexts {
  readonly format?: string;
  readonly company?: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly map?: readonly string[];
  readonly dateFormat?: string;
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
