/** One `ok` or `not ok` line. */
export interface Assertion {
  readonly number: number;
  readonly description: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason: string;
  /** The diagnostic lines below it, without their `#`. */
  readonly diagnostics: readonly string[];
}

/** What one pgTAP file said. */
export interface PgtapReport {
  /** How many assertions the plan announces; undefined without a plan. */
  readonly planned: number | undefined;
  readonly assertions: readonly Assertion[];
  /** What is wrong with the file as a whole; empty when it ran as planned. */
  readonly problems: readonly string[];
}

/** One test as a test runner shows it. */
export interface Verdict {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped; may span lines. */
  readonly reason: string;
}

const assertionLine = /^(not )?ok\b\s*(\d+)?\s*(?:- )?(.*)$/;
const directive = /^(.*?)\s*(?<!\\)#\s*(skip|todo)\b\S*\s*(.*)$/i;
const planLine = /^1\.\.(\d+)\s*(#.*)?$/;

/** Reads the output of a pgTAP file, one value of a row at a time; `failure` is the error that ended it. */
export function readReport(values: readonly string[], failure?: string): PgtapReport {
  const assertions: (Assertion & { diagnostics: string[] })[] = [];
  const problems: string[] = [];
  const plans: number[] = [];
  for (const line of values.flatMap((value) => value.split('\n'))) {
    const plan = planLine.exec(line);
    const assertion = assertionLine.exec(line);
    if (plan) {
      plans.push(Number(plan[1]));
    } else if (assertion) {
      assertions.push(readAssertion(assertion));
    } else if (line.startsWith('#')) {
      assertions.at(-1)?.diagnostics.push(line.replace(/^# ?/, ''));
    } else if (/^bail out!/i.test(line)) {
      problems.push(line);
    }
  }
  if (failure !== undefined) {
    const last = assertions.at(-1);
    const after = last === undefined ? '' : `\nafter assertion ${last.number}: ${last.description}`;
    problems.push(`${failure}${after}`);
  }
  problems.push(...planProblems(plans, assertions));
  return { planned: plans[0], assertions, problems };
}

function readAssertion(parts: RegExpExecArray): Assertion & { diagnostics: string[] } {
  const [, not, number, text = ''] = parts;
  const marked = directive.exec(text);
  const failed = not !== undefined;
  return {
    number: Number(number ?? 0),
    description: (marked?.[1] ?? text).trim(),
    outcome: marked ? 'skipped' : failed ? 'failed' : 'passed',
    reason: marked ? `${marked[2]?.toUpperCase()} ${marked[3] ?? ''}`.trim() : '',
    diagnostics: [],
  };
}

function planProblems(plans: readonly number[], assertions: readonly Assertion[]): string[] {
  const problems: string[] = [];
  const [planned] = plans;
  if (planned === undefined) problems.push('the file has no plan');
  if (plans.length > 1) problems.push(`the file has ${plans.length} plans`);
  if (assertions.length === 0) problems.push('the file asserts nothing');
  if (planned !== undefined && planned !== assertions.length) {
    problems.push(`${planned} assertions were planned and ${assertions.length} ran`);
  }
  const stray = assertions.findIndex((assertion, index) => assertion.number !== index + 1);
  if (stray !== -1) {
    problems.push(`assertion ${stray + 1} has number ${assertions[stray]?.number}`);
  }
  return problems;
}

/** Turns a report into tests: one for each assertion, and one for the file as a whole. */
export function verdictsOf(report: PgtapReport): readonly Verdict[] {
  const verdicts = report.assertions.map((assertion): Verdict => {
    const name = assertion.description || `assertion ${assertion.number}`;
    const { outcome } = assertion;
    const reason =
      outcome === 'failed' ? [name, ...assertion.diagnostics].join('\n') : assertion.reason;
    return { name, outcome, reason };
  });
  const whole: Verdict = {
    name: 'every planned assertion runs',
    outcome: report.problems.length === 0 ? 'passed' : 'failed',
    reason: report.problems.join('\n'),
  };
  return [...verdicts, whole];
}
