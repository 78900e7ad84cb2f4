import { DATE_ORDERS } from '../import/dates.ts';
import { TEXT_ENCODINGS } from '../import/decode.ts';
import {
  type AmountTexts,
  amountFormat,
  batchOf,
  delimiterOf,
  oneOf,
  present,
} from '../import/texts.ts';
import { parsePaymentMap } from './columns.ts';
import type { PaymentImportOptions } from './importer.ts';

/** The options of an import of payments as texts, the way a command line gives them. */
export interface PaymentTexts extends AmountTexts {
  readonly company?: string;
  readonly map?: readonly string[];
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly dateFormat?: string;
  readonly currency?: string;
  readonly negatives?: string;
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  readonly batch?: string;
}

/**
 * Reads the options of an import of payments from texts.
 * @throws ImportError IB959 naming the option that is missing or cannot be read.
 */
export function readPaymentTexts(file: string, texts: PaymentTexts): PaymentImportOptions {
  return {
    file,
    company: present('--company', texts.company),
    map: parsePaymentMap(texts.map ?? []),
    encoding: oneOf('--encoding', texts.encoding ?? 'utf-8', TEXT_ENCODINGS),
    delimiter: delimiterOf(texts.delimiter ?? ','),
    dates: oneOf('--date-format', texts.dateFormat ?? 'dmy', DATE_ORDERS),
    amounts: amountFormat(texts),
    ...(texts.currency === undefined ? {} : { currency: texts.currency }),
    negatives: oneOf('--negatives', texts.negatives ?? 'report', ['report', 'skip']),
    strict: texts.strict ?? false,
    dryRun: texts.dryRun ?? false,
    batchPayments: batchOf(texts.batch ?? '500'),
  };
}
