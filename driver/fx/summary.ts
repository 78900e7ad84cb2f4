import type { FxReport } from './report.ts';

/** How many faults and differences a summary lists before it refers to the full report. */
const SUMMARY_LIMIT = 50;

/** Writes a report as plain text for people. */
export function summarizeRates(report: FxReport): string {
  const { rates, cells, days, stopped } = report;
  const out = [
    `${report.file} as rates of ${report.source}${report.dryRun ? ' (dry run)' : ''}`,
    row('rates', [
      `${count(rates.read)} read`,
      `${count(rates.loaded)} ${report.dryRun ? 'would be loaded' : 'loaded'}`,
      `${count(rates.already)} there already`,
      `${count(rates.different)} different`,
    ]),
    row('cells', [
      `${count(cells.unreadable)} unreadable`,
      `${count(cells.blank)} without a rate`,
      ...(cells.leftOut > 0 ? [`${count(cells.leftOut)} left out`] : []),
    ]),
  ];
  if (days !== null) out.push(row('days', [`${days.first} to ${days.last}`]));
  out.push(row('currencies', [count(report.currencies.length)]));
  if (rates.read > 0 && rates.already === rates.read) {
    out.push('  Nothing was loaded: every rate is there already.');
  }
  if (report.unknownCurrencies.length > 0) {
    const codes = report.unknownCurrencies.join(', ');
    out.push(`  Not active in config.currencies, so rates only, no amounts: ${codes}`);
  }
  if (report.absentCurrencies.length > 0) {
    out.push(`  Asked for, but without a rate in the file: ${report.absentCurrencies.join(', ')}`);
  }
  if (stopped !== null) {
    out.push('', `Stopped at line ${stopped.line}: ${stopped.code} ${printable(stopped.message)}`);
    if (stopped.hint !== null) out.push(`  ${printable(stopped.hint)}`);
  }
  const unreadable = report.faults.map(
    ({ line, column, code, message }) => `line ${line}, ${column}: ${code} ${message}`,
  );
  const different = report.differences.map(({ line, column, base, quote, day, rate, stored }) => {
    const held =
      stored.validFrom === stored.validTo
        ? stored.validFrom
        : `${stored.validFrom} to ${stored.validTo}`;
    return `line ${line}, ${column}: IB967 ${base}/${quote} of ${day} is ${rate} here, ${stored.rate} for ${held} in the database`;
  });
  out.push(...list('Unreadable', unreadable, cells.unreadable));
  out.push(...list('Different: what is stored stays', different, rates.different));
  return `${out.join('\n')}\n`;
}

function list(title: string, lines: readonly string[], total: number): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, SUMMARY_LIMIT).map((line) => `  ${printable(line)}`);
  const more = total - shown.length;
  return ['', title, ...shown, ...(more > 0 ? [`  and ${count(more)} more`] : [])];
}

function row(label: string, cells: readonly string[]): string {
  return `  ${label.padEnd(10)} ${cells.join(', ')}`;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Text of the file made safe for a terminal: control characters become visible marks. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|[\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}
