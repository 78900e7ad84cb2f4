import type { Problem, Refusal } from './entry.ts';
import { count, grouped, printable, row } from './printing.ts';
import type { ImportReport } from './report.ts';

/** How many refused entries and remarks a summary lists before it refers to the full report. */
export const SUMMARY_LIMIT = 200;

/** Writes a report as plain text for people: counts, then a table of what was refused, then what to do about it. */
export function summarize(report: ImportReport): string {
  const { entries, lines, stopped } = report;
  const verb = report.dryRun ? 'would be booked' : 'booked';
  const kept = report.dryRun ? entries.accepted : entries.booked;
  const keptLines = report.dryRun ? lines.accepted : lines.booked;
  const out = [
    `${report.file} into company ${report.company.code}${report.dryRun ? ' (dry run)' : ''}`,
    row('entries', [
      `${count(entries.read)} read`,
      `${count(kept)} ${verb}`,
      `${count(entries.replayed)} booked before`,
      `${count(entries.refused)} refused`,
    ]),
    row('lines', [`${count(lines.read)} read`, `${count(keptLines)} ${verb}`]),
  ];
  if (!report.committed && !report.dryRun) {
    out.push(row('strict', ['nothing was booked, because not everything could be']));
  } else {
    const made = report.dryRun ? 'would be made' : 'made';
    if (report.newAccounts.length > 0) {
      out.push(row('accounts', [`${count(report.newAccounts.length)} ${made}`]));
    }
    if (report.newYears.length > 0) {
      const years = report.newYears.map((year) => year.startsOn.slice(0, 4)).toSorted();
      out.push(row('periods', [`${report.dryRun ? 'would open' : 'opened'} ${years.join(', ')}`]));
    }
    for (const total of report.totals) {
      out.push(row(total.currency, [`${grouped(total.debit)} debited and credited`]));
    }
  }
  if (stopped !== null) {
    out.push('', `Stopped at line ${stopped.line}: ${stopped.code} ${printable(stopped.message)}`);
    if (stopped.hint !== null) out.push(`  ${printable(stopped.hint)}`);
    if (stopped.code !== 'IB952' && !report.strict) {
      out.push('  Import the file again to book the rest: what is booked is not booked twice.');
    }
  }
  if (report.refused.length > 0) out.push('', ...refusalTable(report.refused));
  if (report.notes.length > 0) out.push('', ...noteList(report));
  return `${out.join('\n')}\n`;
}

/** Lists what was refused, with its lines and reasons, and what to do; `what` is the heading of its name. */
export function refusalTable(refused: readonly Refusal[], what = 'entry'): string[] {
  const shown = refused.slice(0, SUMMARY_LIMIT);
  const cells = shown.flatMap(({ txn, firstLine, lastLine, problems }) =>
    problems.map((problem) => [
      problem.line === firstLine && lastLine > firstLine
        ? `${firstLine}-${lastLine}`
        : `${problem.line}`,
      printable(txn),
      problem.code,
      printable(problem.message),
    ]),
  );
  const table = [['lines', what, 'code', 'reason'], ...cells];
  const widths = [0, 1, 2].map((at) => Math.max(...table.map((line) => line[at]?.length ?? 0)));
  const out = [
    'Refused',
    ...table.map((line) => `  ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`),
  ];
  if (refused.length > shown.length) {
    out.push(`  and ${count(refused.length - shown.length)} more: --report FILE lists all`);
  }
  return [...out, ...hints(shown.flatMap((refusal) => refusal.problems))];
}

/** What to do, once for each code and kind of advice: hints that begin alike differ in the names they mention. */
function hints(problems: readonly Problem[]): string[] {
  const byKind = new Map<string, string>();
  for (const { code, hint } of problems) {
    const kind = `${code} ${hint?.slice(0, 12)}`;
    if (hint !== null && !byKind.has(kind)) byKind.set(kind, `  ${code}: ${printable(hint)}`);
  }
  return [...byKind.values()];
}

function noteList(report: ImportReport): string[] {
  const shown = report.notes.slice(0, SUMMARY_LIMIT);
  const more = report.notes.length - shown.length;
  return [
    'Notes',
    ...shown.map(
      ({ line, txn, message }) => `  line ${line}, entry ${printable(txn)}: ${printable(message)}`,
    ),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
  ];
}
