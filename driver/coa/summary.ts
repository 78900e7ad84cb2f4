import type { ChartLine, ChartReport } from './report.ts';

/** How many changed accounts and refused rows a summary lists. */
const LIMIT = 200;

/** Writes a report as plain text for people: counts, then what changed, then what was refused and why. */
export function summarizeChart(report: ChartReport): string {
  const { accounts, refused } = report;
  const would = report.dryRun ? 'would be ' : '';
  const out = [
    `${report.file} into company ${report.company.code}${report.dryRun ? ' (dry run)' : ''}`,
    `  accounts   ${[
      `${accounts.read} read`,
      `${accounts.made} ${would}made`,
      `${accounts.changed} ${would}changed`,
      `${accounts.unchanged} as they were`,
      `${accounts.refused} refused`,
    ].join(', ')}`,
  ];
  if (refused.length > 0) out.push('  nothing was written, because not everything could be');
  const changed = report.lines.filter(({ outcome }) => outcome === 'changed');
  if (changed.length > 0) {
    out.push('', 'Changed', ...changed.slice(0, LIMIT).map(describe));
    if (changed.length > LIMIT) out.push(`  and ${changed.length - LIMIT} more`);
  }
  if (refused.length > 0) {
    out.push('', 'Refused');
    for (const { line, account, code, message } of refused.slice(0, LIMIT)) {
      const whose = account === '' ? '' : `${printable(account)}: `;
      out.push(`  line ${line}  ${code}  ${whose}${printable(message)}`);
    }
    if (refused.length > LIMIT) out.push(`  and ${refused.length - LIMIT} more: --json lists all`);
    const hints = new Map(refused.map(({ code, hint }) => [`${code} ${hint}`, { code, hint }]));
    for (const { code, hint } of hints.values()) {
      if (hint !== null) out.push(`  ${code}: ${printable(hint)}`);
    }
  }
  return `${out.join('\n')}\n`;
}

function describe({ line, account, changes }: ChartLine): string {
  const fields = Object.entries(changes).map(
    ([field, [before, after]]) => `${field} ${before ?? 'none'} -> ${after ?? 'none'}`,
  );
  return `  line ${line}  ${printable(account)}: ${printable(fields.join(', '))}`;
}

/** Text of the file made safe for a terminal: control characters become visible marks. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|[\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}
