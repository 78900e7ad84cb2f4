import { describe, expect, it } from 'vitest';
import { markdownOf } from '../../scripts/bench/markdown.ts';
import { readOptions, UsageError } from '../../scripts/bench/options.ts';
import { type Report, reportOf } from '../../scripts/bench/report.ts';
import { planOf, rowNames } from '../../scripts/bench/rows/index.ts';
import type { Variant } from '../../scripts/bench/variant.ts';

const variant = (name: string, facts: Partial<Variant> = {}): Variant => ({
  name,
  summary: name,
  open: () => Promise.reject(new Error('not opened here')),
  ...facts,
});

function comparisonOf(variants: readonly Variant[], perSecond: readonly number[]) {
  return reportOf({
    comparison: {
      row: 'post',
      title: 'entries',
      clients: 4,
      transactions: 7,
      synchronousCommit: 'off',
      writes: true,
      variants,
    },
    statistics: 'fresh',
    transactions: 8,
    variants: variants.map((each, index) => ({
      variant: each,
      rounds: [{ perSecond: perSecond[index] ?? 0, cpuMicros: 1000 / (perSecond[index] ?? 1) }],
    })),
  });
}

const reportWith = (comparisons: Report['comparisons']): Report => ({
  date: '2026-01-01T00:00:00.000Z',
  server: 'PostgreSQL 18',
  settings: { fsync: 'on' },
  machine: '2 × CPU',
  client: 'Node',
  rounds: 1,
  checkpoints: true,
  comparisons,
  skipped: [],
});

describe('report of the bench', () => {
  it('a variant is measured against the first one unless it names others', () => {
    const report = comparisonOf(
      [
        variant('A'),
        variant('b'),
        variant('c', { against: [{ variant: 'b', hold: 0.9 }, { variant: 'A' }] }),
      ],
      [100, 50, 40],
    );
    expect(report.variants.map(({ ratios }) => ratios.map(({ against }) => against))).toEqual([
      [],
      ['A'],
      ['b', 'A'],
    ]);
    expect(report.variants[2]?.ratios[0]?.throughput.median).toBe(0.8);
  });

  it('a variant measured against one that does not run is an error, not a hole in the report', () => {
    const missing = variant('b', { against: [{ variant: 'gone' }] });
    expect(() => comparisonOf([variant('A'), missing], [1, 1])).toThrow('no variant is named gone');
  });

  it.each([
    [60, '0.5 held'],
    [40, '0.5 missed'],
  ])('%i of 100 against a figure of 0.5 is written as "%s"', (perSecond, words) => {
    const held = variant('b', { against: [{ variant: 'A', hold: 0.5 }] });
    const markdown = markdownOf(reportWith([comparisonOf([variant('A'), held], [100, perSecond])]));
    const ratio = (perSecond / 100).toFixed(2);
    expect(markdown).toContain(
      `| entries | fresh | 8 | b | A | ${ratio} [${ratio}–${ratio}] | ${ratio} [${ratio}–${ratio}] | ${words} |`,
    );
  });

  it('CPU that could not be read is said so', () => {
    const report = comparisonOf([variant('A'), variant('b')], [100, 50]);
    const blind = report.variants.map((each) => ({
      ...each,
      ratios: each.ratios.map((ratio) => ({ ...ratio, cpu: undefined })),
    }));
    expect(markdownOf(reportWith([{ ...report, variants: blind }]))).toContain('| not read |');
  });
});

describe('memory and rows left out', () => {
  it('peaks of memory have a table of their own, and only where they were read', () => {
    const report = comparisonOf([variant('A'), variant('b')], [100, 50]);
    const [first, ...others] = report.variants;
    if (first === undefined) throw new Error('no variant');
    const memory = { ownKiB: 10_240, residentKiB: 102_400 };
    const rounds = first.rounds.map((round) => ({ ...round, memory }));
    const watched = { ...report, variants: [{ ...first, rounds }, ...others] };
    const markdown = markdownOf(reportWith([watched]));
    expect(markdown).toContain('| entries | fresh | A | 10 [10–10] | 100 [100–100] |');
    expect(markdown).not.toContain('| entries | fresh | b | 10');
    expect(markdownOf(reportWith([report]))).not.toContain('MiB');
  });

  it('a row that could not run is named with its reason', () => {
    const skipped = [{ row: 'pgledger', reason: 'give --pgledger PATH' }];
    const markdown = markdownOf({ ...reportWith([]), skipped });
    expect(markdown).toContain('Not run: pgledger, give --pgledger PATH.');
  });

  it.each([undefined, '/nowhere'])('without a checkout at %s the peer is skipped', (pgledger) => {
    const plan = planOf({ rows: ['pgledger'], scale: 1, pgledger });
    expect(plan.comparisons).toEqual([]);
    expect(plan.skipped.map(({ row }) => row)).toEqual(['pgledger']);
  });

  it('every row but the peer has comparisons, and each names what it is measured against', () => {
    const { comparisons } = planOf({ rows: rowNames, scale: 1, pgledger: undefined });
    const found = new Set(comparisons.map(({ row }) => row));
    expect(rowNames.filter((row) => !found.has(row))).toEqual(['pgledger']);
    for (const { title, writes, variants } of comparisons) {
      const names = variants.map(({ name }) => name);
      expect(new Set(names).size, title).toBe(names.length);
      for (const { against = [], effect } of variants) {
        expect(names, title).toEqual(expect.arrayContaining(against.map((each) => each.variant)));
        expect(effect !== undefined, title).toBe(writes);
      }
    }
  });
});

describe('options of the bench', () => {
  const rows = ['post', 'lines'];

  it('without options all rows run for five rounds, on fresh and on analysed tables', () => {
    expect(readOptions([], rows)).toMatchObject({
      rows,
      rounds: 5,
      scale: 1,
      statistics: ['fresh', 'analysed'],
    });
  });

  it.each([
    [['--rows', 'post,nothing'], 'there is no row "nothing"'],
    [['--rounds', '0'], '--rounds must be a positive whole number'],
    [['--rounds', '1.5'], '--rounds must be a positive whole number'],
    [['--scale', 'x'], '--scale must be a positive number'],
    [['--statistics', 'old'], '--statistics must be'],
    [['--major', '14'], '--major must be one of 15, 16, 17, 18'],
    [['--fast'], "Unknown option '--fast'"],
  ])('%j is refused', (args, message) => {
    expect(() => readOptions(args, rows)).toThrow(UsageError);
    expect(() => readOptions(args, rows)).toThrow(message);
  });
});
