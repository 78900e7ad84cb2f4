import { count, grouped, printable, row } from '../import/printing.ts';
import { refusalTable, SUMMARY_LIMIT } from '../import/summary.ts';
import type { PaymentReport } from './report.ts';

/** Writes a report as plain text for people: counts, sums, reasons, then a table of what was refused. */
export function summarizePayments(report: PaymentReport): string {
  const { payments, stopped, notes } = report;
  const verb = report.dryRun ? 'would be imported' : 'imported';
  const kept = report.dryRun ? payments.accepted : payments.imported;
  const out = [
    `${report.file} into company ${report.company.code}${report.dryRun ? ' (dry run)' : ''}`,
    row('payments', [
      `${count(payments.read)} read`,
      `${count(kept)} ${verb}`,
      `${count(payments.before)} imported before`,
      ...(payments.skipped > 0 ? [`${count(payments.skipped)} skipped`] : []),
      `${count(payments.refused)} refused`,
    ]),
  ];
  if (!report.committed && !report.dryRun) {
    out.push(row('strict', ['nothing was imported, because not everything could be']));
  } else {
    for (const total of report.totals) out.push(row(total.currency, [grouped(total.amount)]));
  }
  const reasons = Object.entries(report.reasons);
  if (reasons.length > 0)
    out.push(
      row(
        'reasons',
        reasons.map(([code, lines]) => `${code} ${count(lines)}`),
      ),
    );
  if (stopped !== null) {
    out.push('', `Stopped at line ${stopped.line}: ${stopped.code} ${printable(stopped.message)}`);
    if (stopped.hint !== null) out.push(`  ${printable(stopped.hint)}`);
    if (!report.strict)
      out.push('  Import the file again for the rest: what is stored is not stored twice.');
  }
  if (report.refused.length > 0) out.push('', ...refusalTable(report.refused, 'payment'));
  if (notes.length > 0) {
    const shown = notes.slice(0, SUMMARY_LIMIT);
    out.push('', 'Notes');
    for (const { line, txn, message } of shown) {
      out.push(`  line ${line}, payment ${printable(txn)}: ${printable(message)}`);
    }
    if (notes.length > shown.length) out.push(`  and ${count(notes.length - shown.length)} more`);
  }
  return `${out.join('\n')}\n`;
}
