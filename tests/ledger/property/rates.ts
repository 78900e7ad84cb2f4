/** A version of a rate, as it is stored: quote units for one base unit, between two days. */
export interface Rate {
  readonly base: string;
  readonly quote: string;
  /** A plain decimal. */
  readonly rate: string;
  /** YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
}

/** Decimals of the minor units of the currencies that lines are in; the first is the functional one. */
export const exponents: Readonly<Record<string, number>> = { EUR: 2, USD: 2, JPY: 0, KWD: 3 };

/** Days after the last of a rate on which it is still used. */
const grace = 7;

/** The last day of a month of 2026, by index. */
export function lastDayOf(month: number): string {
  return new Date(Date.UTC(2026, month + 1, 0)).toISOString().slice(0, 10);
}

/**
 * Two versions a month for each currency, with days between them on which neither is used any more. Dollar and dinar
 * are quoted in euro, the yen is not, so that its rate is inverted.
 */
export const rates: readonly Rate[] = Array.from({ length: 12 }, (_, month) => {
  const last = lastDayOf(month);
  const name = last.slice(0, 7);
  const spans = [
    { from: `${name}-01`, to: `${name}-10`, more: 0 },
    { from: `${name}-24`, to: last, more: 5 },
  ];
  return spans.flatMap(({ more, ...span }): readonly Rate[] => [
    { base: 'USD', quote: 'EUR', rate: (0.9 + 0.0125 * month + 0.01 * more).toFixed(4), ...span },
    { base: 'KWD', quote: 'EUR', rate: (2.9 + 0.05 * month + 0.1 * more).toFixed(2), ...span },
    { base: 'EUR', quote: 'JPY', rate: (160 + 0.5 * month + more).toFixed(1), ...span },
  ]);
}).flat();

function daysLater(date: string, days: number): string {
  const later = new Date(`${date}T00:00:00Z`);
  later.setUTCDate(later.getUTCDate() + days);
  return later.toISOString().slice(0, 10);
}

/** A decimal as whole units of a power of ten. */
function fraction(decimal: string): { readonly over: bigint; readonly under: bigint } {
  const [whole = '0', decimals = ''] = decimal.split('.');
  return { over: BigInt(whole + decimals), under: 10n ** BigInt(decimals.length) };
}

function rounded(over: bigint, under: bigint): bigint {
  const size = ((over < 0n ? -over : over) * 2n + under) / (under * 2n);
  return over < 0n ? -size : size;
}

/** An amount in minor units of a currency in cents of the euro, at the rate of a day, rounded half away from zero; null without a rate. */
export function inEuro(cents: bigint, currency: string, date: string): bigint | null {
  const versions = rates.filter(({ base, quote }) => base === currency || quote === currency);
  const latest = versions.filter(({ from }) => from <= date).at(-1);
  if (latest === undefined || daysLater(latest.to, grace) < date) return null;
  const { over, under } = fraction(latest.rate);
  const [up, down] = latest.base === currency ? [over, under] : [under, over];
  const from = 10n ** BigInt(exponents[currency] ?? 2);
  return rounded(cents * up * 100n, down * from);
}
