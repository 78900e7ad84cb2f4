import { resolve } from 'node:path';
import type { Command } from 'commander';
import { importDemoBooks } from '../demo/books.ts';
import type { AttackOutcome } from '../demo/fight.ts';
import { type GovernanceCheck, runTrustTest, type TrustEvents } from '../demo/trust.ts';
import { openServer } from '../server/index.ts';
import { coloured, exitCodes, print, printJson, run, status, table } from './terminal.ts';

interface Flags {
  readonly books?: string;
  readonly commodity?: readonly string[];
  readonly evidence: string;
  readonly json?: boolean;
}

/** Adds `demo trust`. Exit code: 0 only if everything held, 1 if anything did not, 2 could not run. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('see it work')
    .command('trust')
    .description('start PostgreSQL, install, book, attack, prove; leaves an evidence folder')
    .option('--books <file>', 'attack your own books: a journal printed by hledger as CSV')
    .option(
      '--commodity <symbol=code>',
      "commodity of that file, such as '$=USD'",
      (value: string, all: readonly string[] = []) => [...all, value],
    )
    .option('--evidence <folder>', 'where the evidence goes', 'evidence/trust')
    .option('--json', 'print JSON')
    .action((flags: Flags) => run('demo trust', flags.json, () => demonstrate(flags)));
}

async function demonstrate(flags: Flags): Promise<number> {
  const server = await openServer();
  const outcomes: AttackOutcome[] = [];
  const say = flags.json === true ? (): void => undefined : print;
  try {
    say(server.describe());
    const result = await runTrustTest(
      server,
      resolve(flags.evidence),
      narrate(say, outcomes),
      flags.books === undefined ? undefined : importDemoBooks(flags.books, flags.commodity ?? []),
    );
    if (flags.json === true) printJson({ ...result, outcomes });
    say();
    say(
      result.held
        ? coloured(
            'green',
            `Everything held: ${result.refused} of ${result.attacks} attacks failed, no row changed, no check fails.`,
          )
        : coloured(
            'red',
            `NOT everything held: ${result.refused} of ${result.attacks} attacks failed, ${result.failedChecks} checks failed, rows ${result.unchanged ? 'unchanged' : 'CHANGED'}.`,
          ),
    );
    return result.held ? exitCodes.fine : exitCodes.findings;
  } finally {
    await server.close();
  }
}

function narrate(say: (text?: string) => void, outcomes: AttackOutcome[]): TrustEvents {
  let attacker = '';
  return {
    staged: (stage) => {
      say(
        `Installed in a throwaway database by ${stage.installer}, which is no superuser. Contexts are signed.`,
      );
      say();
      say('Books');
    },
    seeded: ({ slug, posted }) =>
      say(`  ${slug}: ${posted} journals posted, one of them a reversal`),
    imported: (summary) => say(summary.replaceAll(/^/gm, '  ')),
    checked: (checks, when) => {
      say();
      say(when === 'before' ? 'Governance checks' : 'Governance checks, after the attacks');
      say(checkTable(checks));
    },
    warned: (warnings) => {
      for (const { check_name, object, detail } of warnings) {
        say(`  ${status('WARN')} ${check_name} (${object}): ${detail}`);
      }
    },
    attacked: (outcome) => {
      if (outcome.attack.attacker !== attacker) {
        attacker = outcome.attack.attacker;
        say();
        say(
          attacker === 'application'
            ? 'Attacks by the application role, over a connection of its own'
            : 'Attacks by a superuser, while the triggers stand',
        );
      }
      outcomes.push(outcome);
      say();
      say(
        `${status(outcome.held ? 'HELD' : 'BROKEN')} ${outcome.attack.title} [${outcome.attack.id}]`,
      );
      for (const sql of outcome.attack.sql) say(coloured('dim', sql.replaceAll(/^/gm, '     | ')));
      say(`     ${outcome.answer}: ${outcome.message}`);
      if (outcome.detail !== undefined && outcome.detail !== '') say(`     ${outcome.detail}`);
      if (outcome.hint !== undefined) say(`     hint: ${outcome.hint}`);
    },
    unchanged: (held, rows) => {
      say();
      say(
        `${status(held ? 'PASS' : 'FAIL')} ${rows} rows of entries, lines, keys and events compared with before the attacks: ${held ? 'not one differs' : 'THEY DIFFER'}.`,
      );
    },
    exported: (manifest, files) => {
      say();
      say(`Evidence: ${files} files, each with its SHA-256 in ${manifest}`);
    },
  };
}

function checkTable(checks: readonly GovernanceCheck[]): string {
  return table(
    ['check', 'pass', 'fail', 'warn', 'status'],
    checks.map((check) => [
      check.check_name,
      check.passed,
      check.failed,
      check.warned,
      check.status,
    ]),
  );
}
