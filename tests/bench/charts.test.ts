import { describe, expect, it } from 'vitest';
import { chartsOf } from '../../scripts/bench/charts.ts';
import type { ComparisonReport, Report } from '../../scripts/bench/report.ts';
import { lineChart, ticksUpTo } from '../../scripts/bench/svg.ts';

function comparison(row: string, facts: Partial<ComparisonReport>): ComparisonReport {
  const variant = (name: string, perSecond: number) => ({
    ...{ name, summary: name, units: 1, perSecond, cpuMicrosPerUnit: 100, ratios: [] },
    rounds: [
      { perSecond, cpuMicros: 90 },
      { perSecond: perSecond * 2, cpuMicros: 110 },
    ],
  });
  return {
    ...{ row, title: row, clients: 4, transactions: 8, synchronousCommit: 'off' },
    statistics: 'fresh',
    variants: [variant('A', 1000), variant('post_journal', 400)],
    ...facts,
  };
}

const reportWith = (comparisons: readonly ComparisonReport[]): Report => ({
  ...{ date: '2026-01-01T00:00:00.000Z', server: 'PostgreSQL 18.4 on Linux', settings: {} },
  ...{ machine: '2 × CPU', client: 'Node', rounds: 2, checkpoints: true, skipped: [] },
  comparisons,
});

const full = reportWith([
  ...[1, 2, 4, 8, 16].map((clients) => comparison('clients', { clients })),
  ...[10, 100, 1000].map((lines) => comparison('lines', { lines })),
  comparison('post', { lines: 2 }),
  comparison('post', { lines: 2, synchronousCommit: 'on' }),
]);

describe('charts of the bench', () => {
  it('are throughput by clients and cost by size of entry, with a line for each variant', () => {
    const charts = chartsOf(full);
    expect(charts.map(({ file }) => file)).toEqual([
      'throughput-by-clients.svg',
      'cost-by-entry-size.svg',
    ]);
    for (const { svg } of charts) {
      expect(svg.match(/<title>A: /g)).toHaveLength(svg.includes('clients</text>') ? 5 : 4);
      expect(svg).toContain('>post_journal</text>');
    }
  });

  it('have labelled axes, a title and only plain signs', () => {
    for (const { svg } of chartsOf(full)) {
      expect(svg).toMatch(/>(entries per second|microseconds of CPU per line)<\/text>/);
      expect(svg).toMatch(/>(clients|lines of each entry)<\/text>/);
      expect(svg).toMatch(/aria-label="[^"]+"/);
      expect(svg).not.toMatch(/—|NaN|Infinity|undefined/);
    }
  });

  it('are left out where the rows behind them did not run, or where CPU could not be read', () => {
    expect(chartsOf(reportWith([]))).toEqual([]);
    expect(chartsOf(reportWith([comparison('post', { lines: 2 })]))).toEqual([]);
    const blind = full.comparisons.map((each) => ({
      ...each,
      variants: each.variants.map((variant) => ({
        ...variant,
        rounds: variant.rounds.map((round) => ({ ...round, cpuMicros: undefined })),
      })),
    }));
    expect(chartsOf(reportWith(blind)).map(({ file }) => file)).toEqual([
      'throughput-by-clients.svg',
    ]);
  });

  it('show names as text, whatever is in them', () => {
    const point = { x: 1, y: 1, low: 1, high: 1 };
    const labels = { title: 'a & b', subtitle: '<b>', x: 'x', y: 'y' };
    const svg = lineChart([{ name: '"<script>"', points: [point] }], labels);
    expect(svg).not.toContain('<script>');
    expect(svg).not.toContain('<b>');
    expect(svg).toContain('a &#38; b');
  });

  it.each([
    [0, [0, 1]],
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [7, [0, 2, 4, 6, 8]],
    [12_345, [0, 5000, 10_000, 15_000]],
  ])('the axis up to %d is marked at %j', (largest, ticks) => {
    expect(ticksUpTo(largest)).toEqual(ticks);
  });
});
