import { ImportError } from '../import/errors.ts';
import { readColumnMap } from '../import/layout.ts';

/** What a column of a payments file can hold. */
export const PAYMENT_FIELDS = [
  'number',
  'amount',
  'currency',
  'date',
  'supplier-id',
  'supplier-name',
  'reference',
  'category',
] as const;

/** A field of a payments file. */
export type PaymentField = (typeof PAYMENT_FIELDS)[number];

/** Which column holds which field; a field that is not named is looked for by the names it usually has. */
export type PaymentColumnMap = Readonly<Partial<Record<PaymentField, string>>>;

/** Where the fields of a file are: the position of each column and its name as the header writes it. */
export type PaymentColumns = ReadonlyMap<
  PaymentField,
  { readonly at: number; readonly name: string }
>;

/** Names of columns that published payment files use, reduced to letters and digits, the likeliest first. */
const SPELLINGS: Readonly<Record<PaymentField, readonly string[]>> = {
  number: [
    'transno',
    'transactionno',
    'transactionnumber',
    'transactionid',
    'paymentno',
    'paymentnumber',
    'number',
  ],
  amount: ['amount', 'netamount', 'amountpaid', 'paymentamount'],
  currency: ['currency', 'currencycode'],
  date: ['paiddate', 'paymentdate', 'datepaid', 'duedate', 'date'],
  'supplier-id': [
    'supplierid',
    'supplierno',
    'suppliernumber',
    'suppliercode',
    'vendorid',
    'vendorno',
    'vendornumber',
  ],
  'supplier-name': [
    'suppliername',
    'supplier',
    'vendorname',
    'vendor',
    'beneficiaryname',
    'beneficiary',
    'payee',
  ],
  reference: ['reference', 'invoiceno', 'invoicenumber', 'invoicereference', 'expenditurecode'],
  category: ['expenditurecategory', 'category', 'expensetype', 'expensecategory'],
};
const NEEDED: readonly PaymentField[] = [
  'number',
  'amount',
  'date',
  'supplier-id',
  'supplier-name',
];

/** Reads `field=Column` pairs of a payments file. @throws ImportError IB959. */
export function parsePaymentMap(texts: readonly string[]): PaymentColumnMap {
  return readColumnMap(texts, PAYMENT_FIELDS);
}

/**
 * Finds the columns of a payments file: as mapped, else by a usual name in any case, with blanks, underscores or points
 * anywhere, else by one that is a slip of the pen away.
 * @throws ImportError IB951 when a needed or mapped column is missing, or two columns could be meant.
 */
export function findColumns(cells: readonly string[], map: PaymentColumnMap = {}): PaymentColumns {
  const header = cells.map((cell) => cell.trim());
  const plain = header.map(reduced);
  const found = new Map<PaymentField, { at: number; name: string }>();
  const free = (at: number) => ![...found.values()].some((column) => column.at === at);
  const take = (field: PaymentField, at: number) =>
    found.set(field, { at, name: header[at] ?? '' });

  for (const field of PAYMENT_FIELDS) {
    const wanted = map[field];
    if (wanted === undefined) continue;
    const exact = positions(header, (name) => name === wanted);
    const at = only(
      exact.length > 0 ? exact : positions(plain, (name) => name === reduced(wanted)),
      field,
      header,
    );
    if (at === null) throw unfit(`no column "${wanted}" for ${field}`, header);
    take(field, at);
  }
  for (const matches of [same, slipped]) {
    for (const field of PAYMENT_FIELDS) {
      if (found.has(field)) continue;
      for (const spelling of SPELLINGS[field]) {
        const hits = positions(plain, (name) => matches(name, spelling)).filter(free);
        const at = only(hits, field, header);
        if (at !== null) {
          take(field, at);
          break;
        }
      }
    }
  }
  const missing = NEEDED.filter((field) => !found.has(field));
  if (missing.length > 0) throw unfit(`no column for ${missing.join(', ')}`, header);
  return found;
}

function reduced(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function positions(names: readonly string[], fits: (name: string) => boolean): readonly number[] {
  return names.flatMap((name, at) => (fits(name) ? [at] : []));
}

function only(
  hits: readonly number[],
  field: PaymentField,
  header: readonly string[],
): number | null {
  if (hits.length > 1) throw unfit(`${hits.length} columns that could be ${field}`, header);
  return hits[0] ?? null;
}

function same(name: string, spelling: string): boolean {
  return name === spelling;
}

/** Whether a long name is one letter away: one too many, one missing, one wrong, or two swapped. */
function slipped(name: string, spelling: string): boolean {
  if (spelling.length < 8 || Math.abs(name.length - spelling.length) > 1) return false;
  let start = 0;
  while (start < name.length && name[start] === spelling[start]) start += 1;
  const [left, right] = [name.slice(start), spelling.slice(start)];
  const swapped = `${left[1] ?? ''}${left[0] ?? ''}${left.slice(2)}`;
  return (
    left.slice(1) === right ||
    left === right.slice(1) ||
    left.slice(1) === right.slice(1) ||
    swapped === right
  );
}

function unfit(what: string, header: readonly string[]): ImportError {
  const names = header.map((name) => (name === '' ? '""' : name)).join(', ');
  return new ImportError(
    'IB951',
    `the header has ${what}; it has ${names}`,
    'Name the columns with --map, such as --map number=Voucher,amount=Paid,date=Day.',
    { line: 1 },
  );
}
