import { type Group, groups } from './model.ts';
import { type HostileReport, type JsonResult, summarize } from './report.ts';

/** Characters that XML 1.0 does not have at all, half surrogates among them. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' },
  ...{ '\n': '&#10;', '\r': '&#13;', '\t': '&#9;' },
};

/** A text for an attribute or between tags; what XML cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(FORBIDDEN, '\ufffd')
    .replaceAll(/[&<>"'\n\r\t]/g, (mark) => ENTITIES[mark] ?? mark);
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly string[] = [],
): string {
  const list = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join('');
  if (children.length === 0) return `<${name}${list}/>`;
  return `<${name}${list}>\n${children.join('\n')}\n</${name}>`;
}

function testcase({
  id,
  group,
  title,
  should,
  target,
  steps,
  verdict,
  happened,
}: JsonResult): string {
  const name = `${id} ${title}${target === null ? '' : ` (${target})`}`;
  const facts = escapeXml([`should: ${should}`, `happened: ${happened}`, ...steps].join('\n'));
  const children = {
    HELD: [],
    BROKEN: [`<failure type="BROKEN" message="${escapeXml(happened)}">${facts}</failure>`],
    DEGRADED: [element('skipped', { message: `DEGRADED: ${happened}` })],
    RESIDUAL: [element('skipped', { message: `RESIDUAL: ${happened}` })],
    'NOT APPLICABLE': [element('skipped', { message: `NOT APPLICABLE: ${happened}` })],
    'COULD NOT TRY': [element('skipped', { message: `COULD NOT TRY: ${happened}` })],
  }[verdict];
  return element('testcase', { classname: `aibos.hostile.${group}`, name }, children);
}

/** A report as JUnit XML: a suite for each group, what was not held or broken as skipped with its reason. */
export function junitXml(report: HostileReport): string {
  const counts = (results: readonly JsonResult[]) => {
    const { broken, held } = summarize(results);
    return { tests: results.length, failures: broken, skipped: results.length - held - broken };
  };
  const suites = (Object.keys(groups) as Group[]).flatMap((group) => {
    const results = report.results.filter((result) => result.group === group);
    if (results.length === 0) return [];
    const name = `${group} ${groups[group]}`;
    return [element('testsuite', { name, ...counts(results) }, results.map(testcase))];
  });
  const watch = testcase({
    ...{ id: 'watcher', group: 'F', target: null, steps: [] },
    title: "The other tenant's rows before and after",
    should: 'not one differs',
    verdict: report.watched.unchanged ? 'HELD' : 'BROKEN',
    happened: `${report.watched.rows} rows ${report.watched.unchanged ? 'unchanged' : 'CHANGED'}`,
  });
  const failures = report.watched.unchanged ? 0 : 1;
  suites.push(element('testsuite', { name: 'watcher', tests: 1, failures, skipped: 0 }, [watch]));
  const total = counts(report.results);
  const all = { ...total, tests: total.tests + 1, failures: total.failures + failures };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'aibos hostile', time: report.durationMs / 1000, ...all }, suites)}\n`;
}
