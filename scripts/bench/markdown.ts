import type { Report } from './report.ts';
import { type Spread, spread } from './statistics.ts';

/** The report as Markdown: what ran where, then one line per ratio. */
export function markdownOf(report: Report): string {
  const settings = Object.entries(report.settings).map(([name, value]) => `${name} = ${value}`);
  const lines = [
    `- Date: ${report.date}`,
    `- Server: ${report.server}`,
    `- Settings: ${settings.join(', ')}`,
    `- Machine: ${report.machine}; client: ${report.client}, on the same machine as the server unless a URL says otherwise`,
    `- Rounds: ${report.rounds}; checkpoint before each: ${report.checkpoints ? 'yes' : 'no, the role may not'}`,
    ...(report.tripsPerStatement === undefined
      ? []
      : [
          `- Round trips of one statement through the driver, counted: ${report.tripsPerStatement}`,
        ]),
    '',
    '| load | statistics | transactions | variant | against | throughput ratio | CPU ratio | hold at least |',
    '|---|---|---|---|---|---|---|---|',
  ];
  for (const { title, statistics, transactions, variants } of report.comparisons) {
    for (const { name, ratios } of variants) {
      for (const { against, throughput, cpu, hold } of ratios) {
        const cells = [
          ...[title, statistics, String(transactions), name, against],
          ...[written(throughput), cpu === undefined ? 'not read' : written(cpu)],
          ...[hold === undefined ? '' : verdict(hold, throughput, cpu)],
        ];
        lines.push(`| ${cells.join(' | ')} |`);
      }
    }
  }
  lines.push(...memoryTable(report));
  for (const { row, reason } of report.skipped) lines.push('', `Not run: ${row}, ${reason}.`);
  return `${lines.join('\n')}\n`;
}

/** Peak memory of the backends, for the comparisons that looked at it. */
function memoryTable(report: Report): readonly string[] {
  const rows: string[] = [];
  for (const { title, statistics, variants } of report.comparisons) {
    for (const { name, rounds } of variants) {
      const peaks = rounds.flatMap(({ memory }) => (memory === undefined ? [] : [memory]));
      if (peaks.length === 0) continue;
      const own = mebibytes(spread(peaks.map(({ ownKiB }) => ownKiB)));
      const resident = mebibytes(spread(peaks.map(({ residentKiB }) => residentKiB)));
      rows.push(`| ${[title, statistics, name, own, resident].join(' | ')} |`);
    }
  }
  if (rows.length === 0) return [];
  return [
    '',
    '| load | statistics | variant | own memory of the backend, peak MiB | resident with shared buffers, peak MiB |',
    '|---|---|---|---|---|',
    ...rows,
  ];
}

function mebibytes({ median, min, max }: Spread): string {
  const [middle, least, most] = [median, min, max].map((kib) => (kib / 1024).toFixed(0));
  return `${middle} [${least}–${most}]`;
}

function written({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`;
}

/** Missed on both is missed; on one alone it is open, since a busy machine disturbs throughput. */
function verdict(hold: number, throughput: Spread, cpu: Spread | undefined): string {
  const held = [throughput, ...(cpu === undefined ? [] : [cpu])].map(
    ({ median }) => median >= hold - 0.005,
  );
  const word = held.every(Boolean) ? 'held' : held.some(Boolean) ? 'held on one' : 'missed';
  return `${hold} ${word}`;
}
