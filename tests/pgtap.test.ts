import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { libpqEnvironment } from './support/clients.ts';
import { openDatabase, testServer } from './support/database.ts';
import { verdictsOf } from './support/pgtap-report.ts';
import { pgtapFiles, pgtapPath, runPgtapFile } from './support/pgtap-run.ts';
import { withClient } from './support/run.ts';
import { undisturbed } from './support/templates.ts';

const execute = promisify(execFile);
const files = pgtapFiles();

/** Proofs that look at unsigned contexts, set users that nobody signs, or look at definitions alone. */
const unsignedOnly =
  /^(?:config|conventions)\/|^aibos\/(?:capabilities|context|isolation_check|signed_context|track)\.sql$|^finance\/drafts\.sql$|^hostile\/n_audit\.sql$/;
const signedFiles = files.filter((file) => !unsignedOnly.test(file));

// Each assertion becomes a test, so the files run while the tests are collected: the majors side by side,
// the files of one major one after the other.
const runs = await Promise.all(
  inject('servers').map(async (server) => {
    const database = await openDatabase({ major: server.major, pgtap: true });
    const reports = await undisturbed(server, async () => {
      const done = [];
      for (const file of files) {
        done.push({ file, report: await runPgtapFile(database.admin, file) });
      }
      return done;
    });
    return { title: `PostgreSQL ${server.major}`, reports };
  }),
);

// The same promises where every context must be signed: the helpers of the proofs hold the key.
const newest = testServer();
const signed = await openDatabase({ major: newest.major, pgtap: true });
await withClient(signed.admin, (admin) => admin.query('select tests.sign_contexts()'));
const signedReports = await undisturbed(newest, async () => {
  const done = [];
  for (const file of signedFiles) {
    done.push({ file, report: await runPgtapFile(signed.admin, file) });
  }
  return done;
});

for (const { title, reports } of [
  ...runs,
  { title: `PostgreSQL ${newest.major} with signed contexts`, reports: signedReports },
]) {
  describe(title, () => {
    for (const { file, report } of reports) {
      describe(file, () => {
        for (const { name, outcome, reason } of verdictsOf(report)) {
          test(name, (context) => {
            if (outcome === 'skipped') context.skip(reason);
            if (outcome === 'failed') throw new Error(reason);
          });
        }
      });
    }
  });
}

for (const { major, reason } of inject('missing')) {
  test(`the proofs hold on PostgreSQL ${major}`, (context) => context.skip(reason));
}

test('there are proofs to run', () => {
  expect(files).not.toEqual([]);
});

describe('pg_prove', () => {
  let version: string | undefined;

  beforeAll(async () => {
    version = await execute('pg_prove', ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
  });

  test('every file passes and asserts as much as here', async (context) => {
    if (version === undefined) {
      context.skip('pg_prove is not installed (Debian: libtap-parser-sourcehandler-pgtap-perl)');
    }
    const database = await openDatabase({ pgtap: true });
    const { stdout } = await undisturbed(testServer(), () =>
      execute('pg_prove', files.map(pgtapPath), { env: libpqEnvironment(database.admin) }),
    );
    const expected = runs[0]?.reports.reduce((sum, run) => sum + run.report.assertions.length, 0);
    expect(stdout).toMatch(/^Result: PASS$/m);
    expect(stdout).toContain(`Files=${files.length}, Tests=${expected},`);
  }, 120_000);
});
