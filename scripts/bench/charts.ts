import type { ComparisonReport, Report, VariantReport } from './report.ts';
import { spread } from './statistics.ts';
import { lineChart, type Point, type Series } from './svg.ts';

/** A chart to be written to a file. */
export interface Chart {
  readonly file: string;
  readonly svg: string;
}

/** The charts for which a report has figures, of the first state of statistics that it holds. */
export function chartsOf(report: Report): readonly Chart[] {
  const [state] = report.comparisons.map(({ statistics }) => statistics);
  const measured = report.comparisons.filter(({ statistics }) => statistics === state);
  const where = `${report.server.split(',')[0]?.split(' on ')[0] ?? ''}, median of ${report.rounds} rounds with extremes`;
  const clients = seriesOf(
    measured.filter(({ row }) => row === 'clients'),
    (comparison) => comparison.clients,
    ({ rounds, units }) => rounds.map(({ perSecond }) => perSecond * units),
  );
  const sizes = seriesOf(
    measured.filter(
      ({ row, synchronousCommit }) =>
        row === 'lines' || (row === 'post' && synchronousCommit === 'off'),
    ),
    (comparison) => comparison.lines,
    ({ rounds, units }, lines) =>
      rounds.flatMap(({ cpuMicros }) =>
        cpuMicros === undefined ? [] : [cpuMicros / units / lines],
      ),
  );
  const charts: Chart[] = [];
  if (clients.length > 0) {
    const svg = lineChart(clients, {
      title: 'Throughput by number of clients',
      subtitle: `Entries of two lines, commits that wait. ${where}`,
      x: 'clients',
      y: 'entries per second',
    });
    charts.push({ file: 'throughput-by-clients.svg', svg });
  }
  if (sizes.length > 0) {
    const svg = lineChart(sizes, {
      title: 'Cost of a line by size of the entry',
      subtitle: `Server CPU, four clients. ${where}`,
      x: 'lines of each entry',
      y: 'microseconds of CPU per line',
    });
    charts.push({ file: 'cost-by-entry-size.svg', svg });
  }
  return charts;
}

/** A line for each variant that was measured at more than one place. */
function seriesOf(
  comparisons: readonly ComparisonReport[],
  place: (comparison: ComparisonReport) => number | undefined,
  figures: (variant: VariantReport, x: number) => readonly number[],
): readonly Series[] {
  const lines = new Map<string, Point[]>();
  for (const comparison of comparisons) {
    const x = place(comparison);
    if (x === undefined) continue;
    for (const variant of comparison.variants) {
      const found = figures(variant, x);
      if (found.length === 0) continue;
      const { median, min, max } = spread(found);
      const points = lines.get(variant.name) ?? [];
      points.push({ x, y: median, low: min, high: max });
      lines.set(variant.name, points);
    }
  }
  return [...lines]
    .filter(([, points]) => points.length > 1)
    .map(([name, points]) => ({ name, points: points.sort((a, b) => a.x - b.x) }));
}
