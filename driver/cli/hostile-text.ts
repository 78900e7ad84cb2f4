import { type Group, groups, type Verdict, verdicts } from '../hostile/model.ts';
import type { HostileReport, JsonResult } from '../hostile/report.ts';
import { coloured, status, table } from './terminal.ts';

/** How many broken trials are told in full. */
const mostDetails = 40;

/** A report for people: a line for each case by group, then whatever did not hold, then the sum. */
export function hostileText(report: HostileReport): string {
  const { results, summary, watched, target, gaps, remains } = report;
  return [
    `${target.login} in ${target.database}, ${target.server}`,
    target.signed
      ? 'Contexts are signed: whoever names another tenant must be refused.'
      : 'Contexts are not signed: naming another tenant succeeds by design and is shown as DEGRADED.',
    ...(Object.keys(groups) as Group[]).flatMap((group) => groupText(group, results)),
    ...broken(results),
    ...limits(results),
    ...residuals(results),
    ...untried(results),
    ...sentences('Not planted', gaps),
    ...sentences('Left behind', remains),
    '',
    `${status(watched.unchanged ? 'PASS' : 'FAIL')} ${watched.rows} rows of the other tenant compared with before: ${watched.unchanged ? 'not one differs' : 'THEY DIFFER'}.`,
    sum(
      summary.broken > 0 || !watched.unchanged,
      `${summary.held} held, ${summary.broken} broken, ${summary.degraded} degraded, ${summary.residual} residual, ${summary.couldNotTry} could not be tried, ${summary.notApplicable} not applicable.`,
    ),
  ].join('\n');
}

function sum(isBroken: boolean, text: string): string {
  return coloured(isBroken ? 'red' : 'green', text);
}

function groupText(group: Group, all: readonly JsonResult[]): readonly string[] {
  const results = all.filter((result) => result.group === group);
  if (results.length === 0) return [];
  const ids = [...new Set(results.map(({ id }) => id))];
  const rows = ids.map((id) => {
    const mine = results.filter((result) => result.id === id);
    const worst = verdicts.find((verdict) => mine.some((result) => result.verdict === verdict));
    const held = mine.filter(({ verdict }) => verdict === 'HELD').length;
    return [id, worst ?? 'HELD', `${held} of ${mine.length}`, mine[0]?.title ?? ''];
  });
  return [
    '',
    `${group}  ${groups[group]}`,
    table(['case', 'verdict', 'held', 'what is tried'], rows),
  ];
}

function broken(all: readonly JsonResult[]): readonly string[] {
  const results = all.filter(({ verdict }) => verdict === 'BROKEN');
  const more = results.length - mostDetails;
  return [
    ...results
      .slice(0, mostDetails)
      .flatMap(({ id, title, target, steps, happened, should }) => [
        '',
        `${status('BROKEN')} ${id} ${title}${target === null ? '' : `: ${target}`}`,
        ...steps.map((step) => coloured('dim', `     | ${shown(step)}`)),
        `     should:   ${should}`,
        `     happened: ${happened}`,
      ]),
    ...(more > 0 ? ['', `… and ${more} more; --format json has them all.`] : []),
  ];
}

/** Known limits, each told once with the cases it covers. */
function limits(all: readonly JsonResult[]): readonly string[] {
  return together(
    'DEGRADED',
    all,
    ({ happened }) => happened.split('Known limit: ')[1] ?? happened,
  );
}

/** What PostgreSQL allows whatever one does, each told once. */
function residuals(all: readonly JsonResult[]): readonly string[] {
  return together('RESIDUAL', all, ({ happened }) => happened.split('Accepted: ')[1] ?? happened);
}

/** What could not be tried, each reason once. */
function untried(all: readonly JsonResult[]): readonly string[] {
  return together('COULD NOT TRY', all, ({ happened, target }) => {
    const reason = happened.split('which proves nothing: ')[1] ?? happened;
    return target === null ? reason : `${target}: ${reason}`;
  });
}

/** Results of one kind with the same words, told once with the cases they come from. */
function together(
  verdict: Verdict,
  all: readonly JsonResult[],
  words: (result: JsonResult) => string,
): readonly string[] {
  const cases = new Map<string, Set<string>>();
  for (const result of all.filter((one) => one.verdict === verdict)) {
    const text = words(result);
    cases.set(text, (cases.get(text) ?? new Set()).add(result.id));
  }
  return [...cases].flatMap(([text, ids]) => [
    '',
    `${status(verdict)} ${[...ids].join(', ')}`,
    `     ${text}.`,
  ]);
}

function sentences(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

/** A statement short enough to read. */
function shown(step: string): string {
  return step.length > 500 ? `${step.slice(0, 500)} …` : step;
}
