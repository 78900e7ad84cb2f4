import { describe, expect, test } from 'vitest';
import { hostileText } from '../../driver/cli/hostile-text.ts';
import { Traces } from '../../driver/hostile/canary.ts';
import { judge } from '../../driver/hostile/judge.ts';
import { escapeXml, junitXml } from '../../driver/hostile/junit.ts';
import type { Trial } from '../../driver/hostile/model.ts';
import {
  exitCodeOf,
  type HostileReport,
  type JsonResult,
  summarize,
} from '../../driver/hostile/report.ts';
import { parseXml } from './xml.ts';

function result(verdict: JsonResult['verdict'], part: Partial<JsonResult> = {}): JsonResult {
  return {
    ...{ id: 'F1', group: 'F', title: 'Insert <a> & "b"', should: '42501', verdict },
    ...{ happened: "it's\nso", target: null, steps: ['select 1 < 2'], ...part },
  };
}

function report(results: readonly JsonResult[], unchanged = true): HostileReport {
  return {
    ...{ version: 1, startedAt: '2026-01-01T00:00:00.000Z', durationMs: 1500 },
    target: { server: 'PostgreSQL', database: 'd', login: 'l', signed: false, throwaway: true },
    tenants: { own: 'a', other: 'b' },
    ...{
      summary: summarize(results),
      watched: { rows: 3, unchanged },
      results,
      gaps: [],
      remains: [],
    },
  };
}

const all = [
  result('HELD'),
  result('BROKEN', { target: 'app.t' }),
  result('DEGRADED', { group: 'B', id: 'B1' }),
  result('NOT APPLICABLE', { group: 'B', id: 'B4' }),
  result('COULD NOT TRY', { group: 'A', id: 'A1' }),
  result('RESIDUAL', { group: 'G', id: 'G11', happened: 't. Accepted: everyone may read it' }),
];

describe('the exit code', () => {
  test('is 0 where something held and nothing broke', () => {
    expect(exitCodeOf(report([result('HELD'), result('DEGRADED')]))).toBe(0);
  });

  test('is 1 where a case broke, or rows of the other tenant differ', () => {
    expect(exitCodeOf(report(all))).toBe(1);
    expect(exitCodeOf(report([result('HELD')], false))).toBe(1);
  });

  test('is 2 where nothing could be tried', () => {
    expect(exitCodeOf(report([result('COULD NOT TRY'), result('NOT APPLICABLE')]))).toBe(2);
    expect(exitCodeOf(report([]))).toBe(2);
  });
});

describe('the reader of XML that the tests use', () => {
  test.each([
    ['an element that is not closed', '<a><b></a>'],
    ['two roots', '<a/><b/>'],
    ['an ampersand alone', '<a>&</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['a less-than in an attribute', '<a b="<"/>'],
    ['a control character', '<a>\u0001</a>'],
    ['text after the root', '<a/>x'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseXml(text)).toThrow();
  });

  test('reads attributes and text', () => {
    expect(parseXml('<a b="1 &lt;&#10;"><c>x &amp; y</c></a>')).toEqual({
      name: 'a',
      attributes: { b: '1 <\n' },
      children: [{ name: 'c', attributes: {}, children: [], text: 'x & y' }],
      text: '',
    });
  });
});

describe('the report as JUnit XML', () => {
  test('is well-formed, counts, and says what happened', () => {
    const root = parseXml(junitXml(report(all)));
    expect(root.name).toBe('testsuites');
    expect(root.attributes).toMatchObject({ tests: '7', failures: '1', skipped: '4', time: '1.5' });
    expect(root.children.map(({ attributes }) => attributes.name?.slice(0, 1))).toEqual([
      'A',
      'B',
      'F',
      'G',
      'w',
    ]);
    const suite = root.children[2];
    expect(suite?.attributes).toMatchObject({ tests: '2', failures: '1', skipped: '0' });
    const [held, broken] = suite?.children ?? [];
    expect(held).toMatchObject({ children: [], attributes: { name: 'F1 Insert <a> & "b"' } });
    expect(broken?.attributes.name).toBe('F1 Insert <a> & "b" (app.t)');
    expect(broken?.children[0]).toMatchObject({
      name: 'failure',
      attributes: { message: "it's\nso" },
    });
    expect(broken?.children[0]?.text).toContain('select 1 < 2');
    const skipped = root.children[1]?.children.map(
      ({ children }) => children[0]?.attributes.message,
    );
    expect(skipped).toEqual(["DEGRADED: it's\nso", "NOT APPLICABLE: it's\nso"]);
  });

  test('fails where the rows of the other tenant differ', () => {
    const root = parseXml(junitXml(report([result('HELD')], false)));
    expect(root.attributes).toMatchObject({ tests: '2', failures: '1' });
  });

  test('replaces what XML cannot hold and keeps the rest', () => {
    const odd = 'a\u0000b\u001b\ud800c😀é\t\n';
    expect(parseXml(`<a b="${escapeXml(odd)}"/>`).attributes.b).toBe(
      'a\ufffdb\ufffd\ufffdc😀é\t\n',
    );
  });
});

describe('the report as text', () => {
  test('has a line for each case, the steps of what broke, and the sum', () => {
    const text = hostileText(report(all));
    expect(text).toMatch(/^F1 +BROKEN +1 of 2 +Insert <a> & "b"$/m);
    expect(text).toContain('     | select 1 < 2');
    expect(text).toContain('PASS 3 rows of the other tenant');
    expect(text.split('\n').at(-1)).toBe(
      '1 held, 1 broken, 1 degraded, 1 residual, 1 could not be tried, 1 not applicable.',
    );
    expect(hostileText(report(all, false))).toContain('THEY DIFFER');
  });

  test('tells what PostgreSQL allows by design, and whether contexts are signed', () => {
    const unsigned = report(all);
    expect(hostileText(unsigned)).toMatch(/^RESIDUAL G11\n +everyone may read it\.$/m);
    expect(hostileText(unsigned).split('\n')[1]).toMatch(/^Contexts are not signed: /);
    const signed = { ...unsigned, target: { ...unsigned.target, signed: true } };
    expect(hostileText(signed).split('\n')[1]).toMatch(/^Contexts are signed: /);
  });
});

describe('a verdict', () => {
  const other = {
    ...{ tenantId: '11111111-1111-4111-8111-111111111111', userId: '2' },
    ...{ marker: 'canary-other-x', amount: 7_310_000_000n },
  };
  const id = '33333333-3333-4333-8333-333333333333';
  const traces = new Traces(other, [id]);
  const quiet = {
    code: undefined,
    happened: 'SELECT 0',
    text: '[]',
    rowCount: 0,
    value: undefined,
    changed: false,
  };
  const trial = (expect: Trial['expect'], part: Partial<Trial> = {}): Trial => ({
    ...{ steps: ['select 1'], expect, ...part },
  });
  const failed = (code: string, text = '') => ({ ...quiet, code, happened: code, text });
  const verdict = (...args: Parameters<typeof judge>) => judge(...args).verdict;

  test('is HELD for an error of a guard, BROKEN for one from behind it, and neither for any other', () => {
    const refused = trial({ outcome: 'refused', codes: ['0A000'], past: /^23/ });
    expect(verdict(refused, failed('42501'), traces)).toBe('HELD');
    expect(verdict(refused, failed('IB301'), traces)).toBe('HELD');
    expect(verdict(refused, failed('0A000'), traces)).toBe('HELD');
    expect(verdict(refused, failed('23505'), traces)).toBe('BROKEN');
    expect(verdict(refused, failed('42601'), traces)).toBe('COULD NOT TRY');
    expect(verdict(refused, quiet, traces)).toBe('BROKEN');
  });

  test('asks for one code alone where one is named', () => {
    const exact = trial({ outcome: 'refused', exactly: 'IB201' });
    expect(verdict(exact, failed('IB201'), traces)).toBe('HELD');
    expect(verdict(exact, failed('IB801'), traces)).toBe('COULD NOT TRY');
  });

  test('is BROKEN for a row, a count, a change or a trace', () => {
    expect(verdict(trial({ outcome: 'nothing' }), { ...quiet, rowCount: 1 }, traces)).toBe(
      'BROKEN',
    );
    expect(verdict(trial({ outcome: 'zero' }), { ...quiet, value: '2' }, traces)).toBe('BROKEN');
    expect(verdict(trial({ outcome: 'zero' }), { ...quiet, value: 'f' }, traces)).toBe('HELD');
    expect(verdict(trial({ outcome: 'own' }), { ...quiet, changed: true }, traces)).toBe('BROKEN');
    for (const text of [
      `[{"a":"${id}"}]`,
      '"canary-other-x"',
      '{"n":"7310000001"}',
      other.tenantId,
    ]) {
      expect(verdict(trial({ outcome: 'own' }), { ...quiet, text }, traces), text).toBe('BROKEN');
    }
  });

  test('is BROKEN for a refusal whose words show a row', () => {
    const answer = failed('42501', 'Failing row contains (canary-other-x).');
    expect(verdict(trial({ outcome: 'refused' }), answer, traces)).toBe('BROKEN');
  });

  test('takes nothing for a trace that the attacker wrote himself', () => {
    const asked = trial({ outcome: 'own' }, { steps: [`select '${id}'`] });
    expect(verdict(asked, { ...quiet, text: id }, traces)).toBe('HELD');
    expect(
      verdict(trial({ outcome: 'own' }), { ...quiet, text: '7319999999x17310000000' }, traces),
    ).toBe('BROKEN');
    expect(
      verdict(trial({ outcome: 'own' }), { ...quiet, text: '7320000000 17310000000' }, traces),
    ).toBe('HELD');
  });

  test('compares twins with their identifiers left out', () => {
    const twins = trial({ outcome: 'refused', codes: ['23503'] }, { twin: ['select 2'] });
    const named = (name: string) => failed('23503', `key (${name}) is not there`);
    expect(verdict(twins, named(id), traces, named(other.userId))).toBe('BROKEN');
    const mine = '44444444-4444-4444-8444-444444444444';
    const asked = { ...twins, steps: [`select '${id}'`] };
    expect(verdict(asked, named(id), traces, named(mine))).toBe('HELD');
    expect(verdict(asked, named(id), traces, failed('23503', 'no'))).toBe('BROKEN');
  });

  test('is RESIDUAL for what PostgreSQL allows, and BROKEN for words that must not come back', () => {
    const residual = { residual: 'x' };
    expect(verdict(trial({ outcome: 'zero' }, residual), { ...quiet, value: 't' }, traces)).toBe(
      'RESIDUAL',
    );
    expect(verdict(trial({ outcome: 'zero' }, residual), { ...quiet, value: 'f' }, traces)).toBe(
      'HELD',
    );
    const without = trial({ outcome: 'own', without: /Removed: [1-9]/ });
    expect(verdict(without, { ...quiet, text: 'Removed: 3' }, traces)).toBe('BROKEN');
    expect(verdict(without, { ...quiet, text: 'Removed: 0' }, traces)).toBe('HELD');
  });

  test('is DEGRADED for a known limit, and nothing where silence proves nothing', () => {
    expect(verdict(trial({ outcome: 'refused' }, { limit: 'x' }), quiet, traces)).toBe('DEGRADED');
    expect(verdict(trial({ outcome: 'nothing' }, { hollow: 'x' }), quiet, traces)).toBe(
      'COULD NOT TRY',
    );
    expect(verdict(trial({ outcome: 'nothing' }, { hollow: 'x' }), failed('42501'), traces)).toBe(
      'HELD',
    );
  });
});
