import { createHash } from 'node:crypto';

/** An account of a challenge company. */
export interface ChallengeAccount {
  readonly code: string;
  readonly name: string;
  readonly type: 'asset' | 'liability' | 'equity' | 'income' | 'expense';
}

/** One entry: day within 2026, words, and its lines as account code and signed minor units (debit above zero). */
export interface ChallengeEntry {
  readonly date: string;
  readonly description: string;
  readonly lines: readonly (readonly [code: string, cents: number])[];
}

/** A tenant with one company and its books. */
export interface ChallengeTenant {
  readonly tenantId: string;
  readonly userId: string;
  readonly slug: string;
  readonly name: string;
  readonly companyId: string;
  readonly currency: string;
  readonly accounts: readonly ChallengeAccount[];
  readonly entries: readonly ChallengeEntry[];
}

/** UUID version 8 from a name: the same name always gives the same id. */
export function namedId(name: string): string {
  const hex = createHash('sha256').update(`aibos challenge ${name}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

const chart: readonly ChallengeAccount[] = [
  { code: '1000', name: 'Bank', type: 'asset' },
  { code: '1200', name: 'Receivables', type: 'asset' },
  { code: '1500', name: 'Equipment', type: 'asset' },
  { code: '2000', name: 'Payables', type: 'liability' },
  { code: '2200', name: 'Tax payable', type: 'liability' },
  { code: '3000', name: 'Share capital', type: 'equity' },
  { code: '4000', name: 'Sales', type: 'income' },
  { code: '5000', name: 'Rent', type: 'expense' },
  { code: '5100', name: 'Salaries', type: 'expense' },
  { code: '5200', name: 'Bank charges', type: 'expense' },
];

/** A year's first months in the shape every small company knows; `scale` makes two sets of books differ. */
function entries(scale: number): readonly ChallengeEntry[] {
  const n = (cents: number): number => cents * scale;
  return [
    {
      date: '2026-01-05',
      description: 'Capital paid in',
      lines: [
        ['1000', n(5_000_000)],
        ['3000', -n(5_000_000)],
      ],
    },
    {
      date: '2026-01-12',
      description: 'Equipment bought',
      lines: [
        ['1500', n(820_050)],
        ['1000', -n(820_050)],
      ],
    },
    {
      date: '2026-01-31',
      description: 'Rent January',
      lines: [
        ['5000', n(210_000)],
        ['1000', -n(210_000)],
      ],
    },
    {
      date: '2026-02-03',
      description: 'Invoice 2026-001',
      lines: [
        ['1200', n(1_190_000)],
        ['4000', -n(1_000_000)],
        ['2200', -n(190_000)],
      ],
    },
    {
      date: '2026-02-10',
      description: 'Invoice 2026-002',
      lines: [
        ['1200', n(357_000)],
        ['4000', -n(300_000)],
        ['2200', -n(57_000)],
      ],
    },
    {
      date: '2026-02-16',
      description: 'Receipt for invoice 2026-001',
      lines: [
        ['1000', n(1_190_000)],
        ['1200', -n(1_190_000)],
      ],
    },
    {
      date: '2026-02-27',
      description: 'Salaries February',
      lines: [
        ['5100', n(640_000)],
        ['1000', -n(512_000)],
        ['2200', -n(128_000)],
      ],
    },
    {
      date: '2026-02-28',
      description: 'Rent February',
      lines: [
        ['5000', n(210_000)],
        ['1000', -n(210_000)],
      ],
    },
    {
      date: '2026-03-02',
      description: 'Bank charges',
      lines: [
        ['5200', n(1_499)],
        ['1000', -n(1_499)],
      ],
    },
    {
      date: '2026-03-09',
      description: 'Invoice 2026-003',
      lines: [
        ['1200', n(99_999)],
        ['4000', -n(84_033)],
        ['2200', -n(15_966)],
      ],
    },
    {
      date: '2026-03-15',
      description: 'Supplier invoice 7741',
      lines: [
        ['5000', n(33_333)],
        ['2000', -n(33_333)],
      ],
    },
    {
      date: '2026-03-20',
      description: 'Tax paid',
      lines: [
        ['2200', n(247_000)],
        ['1000', -n(247_000)],
      ],
    },
    {
      date: '2026-03-25',
      description: 'Supplier invoice 7741 paid',
      lines: [
        ['2000', n(33_333)],
        ['1000', -n(33_333)],
      ],
    },
    {
      date: '2026-03-31',
      description: 'Rent March',
      lines: [
        ['5000', n(210_000)],
        ['1000', -n(210_000)],
      ],
    },
    {
      date: '2026-03-31',
      description: 'Salaries March',
      lines: [
        ['5100', n(640_000)],
        ['1000', -n(512_000)],
        ['2200', -n(128_000)],
      ],
    },
  ];
}

function tenant(slug: string, name: string, currency: string, scale: number): ChallengeTenant {
  return {
    tenantId: namedId(`${slug} tenant`),
    userId: namedId(`${slug} bookkeeper`),
    slug,
    name,
    companyId: namedId(`${slug} company`),
    currency,
    accounts: chart,
    entries: entries(scale),
  };
}

/** The deterministic books of the challenge: two tenants that must never meet. */
export const challengeTenants: readonly [ChallengeTenant, ChallengeTenant] = [
  tenant('meridian', 'Meridian Trading', 'USD', 1),
  tenant('harbour', 'Harbour Logistics', 'EUR', 3),
];
