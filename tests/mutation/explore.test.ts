import { appendFileSync, readFileSync } from 'node:fs';
import { test } from 'vitest';
import { openDatabase, testServer } from '../support/database.ts';
import { pgtapFiles, pgtapPath, runPgtap } from '../support/pgtap-run.ts';
import { undisturbed } from '../support/templates.ts';
import { constraintMutants } from './constraints.ts';
import { guardMutants } from './guards.ts';
import { isolationMutants } from './isolation.ts';
import { postingMutants } from './posting.ts';
import { rightsMutants } from './rights.ts';
import { triggerMutants } from './triggers.ts';

test('explore', { timeout: 7_200_000 }, async () => {
  const only = process.env.ONLY ? new RegExp(process.env.ONLY) : /./;
  const groups = {
    isolation: isolationMutants,
    rights: rightsMutants,
    triggers: triggerMutants,
    constraints: constraintMutants,
    posting: postingMutants,
    guards: guardMutants,
  };
  const group = (process.env.GROUP ?? 'isolation') as keyof typeof groups;
  const all = groups[group].filter((m) => only.test(m.name));
  const database = await openDatabase({ pgtap: true });
  const out = process.env.OUT ?? '/tmp/explore.txt';
  await undisturbed(testServer(), async () => {
    const green = new Map<string, Set<string>>();
    const files = pgtapFiles().filter((f) => new RegExp(process.env.FILES ?? '.').test(f));
    for (const file of files) {
      const sql = readFileSync(pgtapPath(file), 'utf8');
      const began = performance.now();
      const report = await runPgtap(database.admin, sql);
      const failed = report.assertions
        .filter((a) => a.outcome === 'failed')
        .map((a) => a.description);
      appendFileSync(
        out,
        `# ${file} ${Math.round(performance.now() - began)} ms ${failed.join('|')} ${report.problems.join('|')}\n`,
      );
      green.set(
        file,
        new Set(report.assertions.filter((a) => a.outcome === 'passed').map((a) => a.description)),
      );
    }
    for (const m of all) {
      const noticed: string[] = [];
      let problem = '';
      for (const file of files) {
        const sql = readFileSync(pgtapPath(file), 'utf8');
        const report = await runPgtap(
          database.admin,
          sql.replace(/^begin;$/m, () => `begin;\n${m.sql};`),
        );
        const red = report.assertions.filter(
          (a) => a.outcome === 'failed' && green.get(file)?.has(a.description),
        );
        if (red.length > 0) noticed.push(`${file}(${red.length})`);
        else if (report.problems.length > 0) {
          noticed.push(`[${file}]`);
          if (report.assertions.length === 0)
            problem = report.problems.join(' ').replaceAll('\n', ' ');
        }
      }
      appendFileSync(out, `${m.name} => ${noticed.join(' ')} ${problem}\n`);
    }
  });
});
