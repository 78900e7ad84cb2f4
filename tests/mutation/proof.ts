import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { TestDatabase } from '../support/database.ts';
import { readReport, verdictsOf } from '../support/pgtap-report.ts';
import { pgtapPath } from '../support/pgtap-run.ts';
import { withClient } from '../support/run.ts';
import { undisturbed } from '../support/templates.ts';

/** What a file of proofs said, as far as it was run: assertions, and that all of them run. */
export interface Outcome {
  readonly green: readonly string[];
  readonly red: readonly string[];
}

const isAsText: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

/**
 * Runs a file of `pgtap/`, which is one transaction that is rolled back, with statements at its beginning.
 *
 * It stops once an assertion in `until` is red. Where not one assertion ran, the statements could not be run: then it says
 * nothing.
 */
export async function runProof(
  database: TestDatabase,
  file: string,
  sql: string,
  until: ReadonlySet<string> = new Set(),
): Promise<Outcome> {
  const [first = '', ...rest] = stepsOf(file);
  const steps = [first.replace(/^begin;$/m, () => `begin;\n${sql};`), ...rest];
  return undisturbed(database.server, () =>
    withClient(database.admin, async (client) => {
      const values: string[] = [];
      for (const step of steps) {
        try {
          values.push(...(await valuesOf(client, step)));
        } catch (reason) {
          if (reason instanceof pg.DatabaseError) return outcomeOf(values, reason.message);
          throw reason;
        }
        const red = redIn(values);
        if (red.some((name) => until.has(name))) return { green: [], red };
      }
      return outcomeOf(values);
    }),
  );
}

/** The file in parts that each begin with a statement, about one for each assertion. */
function stepsOf(file: string): readonly string[] {
  const text = readFileSync(pgtapPath(file), 'utf8');
  if (!/^begin;$/m.test(text) || !/^rollback;\n*$/m.test(text)) {
    throw new Error(`${file} is not one transaction that is rolled back`);
  }
  const steps = [''];
  for (const line of text.split('\n')) {
    const step = steps.at(-1) ?? '';
    const isWhole = step.trimEnd().endsWith(';') && (step.split('$$').length - 1) % 2 === 0;
    if (isWhole && line.startsWith('select ')) steps.push(`${line}\n`);
    else steps[steps.length - 1] = `${step}${line}\n`;
  }
  return steps;
}

async function valuesOf(client: pg.Client, text: string): Promise<readonly string[]> {
  const config: pg.QueryArrayConfig = { text, rowMode: 'array', types: isAsText };
  const results = [await client.query<(string | null)[]>(config)].flat();
  return results.flatMap((result) =>
    result.rows.map((row) => row.map((value) => value ?? '').join('|')),
  );
}

function redIn(values: readonly string[]): readonly string[] {
  return readReport(values)
    .assertions.filter(({ outcome }) => outcome === 'failed')
    .map(({ description }) => description);
}

function outcomeOf(values: readonly string[], failure?: string): Outcome {
  const report = readReport(values, failure);
  const verdicts = report.assertions.length === 0 ? [] : verdictsOf(report);
  const named = (wanted: string): readonly string[] =>
    verdicts.filter(({ outcome }) => outcome === wanted).map(({ name }) => name);
  return { green: named('passed'), red: named('failed') };
}
