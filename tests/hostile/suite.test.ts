import { describe, expect, test } from 'vitest';
import { attacksOn } from '../../driver/demo/attacks.ts';
import { caseNames } from '../../driver/hostile/catalogue.ts';
import type { CaseResult, Verdict } from '../../driver/hostile/model.ts';
import { runSuite, type SuiteReport } from '../../driver/hostile/suite.ts';
import { generateContextKey } from '../../driver/install/context-keys.ts';
import { testMajors } from '../support/database.ts';
import { adminConfig } from '../support/logins.ts';
import { withClient } from '../support/run.ts';
import { type Field, openField } from './support.ts';
import { unbreakable, type Weakening, weakenings } from './weakened.ts';
import { signedWeakenings } from './weakened-signing.ts';

/** What PostgreSQL tells and allows by design. */
const residuals = ['F12', 'G10.estimate', 'G10.filter', 'G11'];
/** What the planted databases do not have. */
const none = ['G14', 'G4', 'H6', 'H7', 'I16'];

function idsOf(results: readonly CaseResult[], verdict: Verdict): readonly string[] {
  return [...new Set(results.filter((one) => one.verdict === verdict).map(({ id }) => id))].sort();
}

function told(results: readonly CaseResult[], verdict: Verdict): readonly string[] {
  return results
    .filter((one) => one.verdict === verdict)
    .map(({ id, target, happened }) => `${id} ${target ?? ''}: ${happened}`);
}

function attack(
  field: Field,
  database: string,
  weakening?: Weakening,
  ids?: readonly string[],
): Promise<SuiteReport> {
  const { own, other, suspended } = field.planting;
  return runSuite(
    {
      app: field.attacker(database),
      watcher: adminConfig(field.source.server, database),
      openDb: weakening?.openDb,
      ...field.keys,
      ...{ own, other, suspended },
    },
    ids === undefined ? {} : { cases: ({ id }) => ids.includes(id) },
  );
}

/** Runs the cases that must notice against a copy that was weakened; returns the ids that turned BROKEN. */
async function breakWith(field: Field, weakening: Weakening): Promise<readonly string[]> {
  const { own, other } = field.planting;
  return field.onCopy(async (database) => {
    const bound = (sql: string): string =>
      sql
        .replaceAll(':login', field.login)
        .replaceAll(':database', database)
        .replaceAll(':own', own.tenantId)
        .replaceAll(':other', other.tenantId)
        .replaceAll(':user', own.userId)
        .replaceAll(':secret', field.keys.retiredKey?.secret ?? '')
        .replaceAll(':key', field.keys.retiredKey?.id ?? '');
    const admin = adminConfig(field.source.server, database);
    const change = (sql: string) => withClient(admin, (client) => client.query(bound(sql)));
    const run = async (): Promise<readonly string[]> => {
      await change(weakening.sql);
      try {
        const { results } = await attack(field, database, weakening, weakening.cases);
        return results.filter(({ verdict }) => verdict === 'BROKEN').map(({ id }) => id);
      } finally {
        if (weakening.undo !== undefined) await change(weakening.undo);
      }
    };
    // A login that is more than it should be belongs to the server, where other tests look at logins.
    return weakening.undo === undefined ? run() : field.source.alone(run);
  });
}

describe.each(testMajors())('on PostgreSQL %i', async (major) => {
  const field = await openField(major);

  describe('the hostile suite finds a sound database', () => {
    test('without anything broken, and the rows of the other tenant as they were', async () => {
      const report = await field.onCopy((database) => attack(field, database));
      expect(told(report.results, 'BROKEN')).toEqual([]);
      expect(report.watched.unchanged).toBe(true);
      expect(report.watched.rows).toBeGreaterThan(100);
      expect(report.isSigned).toBe(false);
      const tried = new Set(report.results.map(({ id }) => id));
      expect(caseNames.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
      expect(field.planting.gaps).toEqual([]);
      expect(told(report.results, 'COULD NOT TRY')).toEqual([]);
      expect(idsOf(report.results, 'DEGRADED')).toEqual(['B1', 'B2', 'B3', 'H5', 'N7']);
      expect(idsOf(report.results, 'RESIDUAL')).toEqual(residuals);
      expect(idsOf(report.results, 'NOT APPLICABLE')).toEqual(
        [
          ...none,
          'A13',
          'B4',
          'B5',
          'B7',
          'B8',
          'B10.login',
          'B10.database',
          'B10.replay',
          'M14',
        ].sort(),
      );
    });

    test('with the attacks of the demo refused by the code that each expects', async () => {
      const expected = new Map(
        attacksOn({
          ...{
            own: field.planting.own,
            other: field.planting.other,
            entryId: '',
            reversedEntryId: '',
          },
          ...{ accounts: ['', ''], otherAccountId: '', companyId: '', currency: '', entryDate: '' },
        })
          .filter(({ id, attacker }) => attacker === 'application' && /^[KLM]/.test(id))
          .map((one) => [one.id, one.expected]),
      );
      const report = await field.onCopy((database) =>
        attack(field, database, undefined, [...expected.keys()]),
      );
      expect(
        Object.fromEntries(report.results.map(({ id, happened }) => [id, happened.slice(0, 5)])),
      ).toEqual(Object.fromEntries(expected));
    });
  });

  describe('the hostile suite notices that', () => {
    test.each(weakenings.map((weakening) => [weakening.name, weakening] as const))(
      '%s',
      async (_name, weakening) => {
        const ids = await breakWith(field, weakening);
        expect(weakening.cases.filter((id) => !ids.includes(id))).toEqual([]);
      },
    );
  });
});

describe.each(testMajors())('with a context key on PostgreSQL %i', async (major) => {
  const field = await openField(major, { signed: true });

  test('the hostile suite finds nothing broken, nothing degraded and nothing that could not be tried', async () => {
    const report = await field.onCopy((database) => attack(field, database));
    expect(field.planting.gaps).toEqual([]);
    expect(report.isSigned).toBe(true);
    expect(told(report.results, 'BROKEN')).toEqual([]);
    expect(told(report.results, 'DEGRADED')).toEqual([]);
    expect(told(report.results, 'COULD NOT TRY')).toEqual([]);
    expect(idsOf(report.results, 'RESIDUAL')).toEqual(residuals);
    expect(idsOf(report.results, 'NOT APPLICABLE')).toEqual(none);
    expect(report.watched.unchanged).toBe(true);
    const tokens = report.results.filter(({ id }) => /^(?:A13|B\d+|M14|N7)/.test(id));
    expect(new Set(tokens.map(({ verdict }) => verdict))).toEqual(new Set(['HELD']));
  });

  test('without the key it is refused with IB936, as with a key that is not live', async () => {
    const { own, other } = field.planting;
    const app = field.attacker(field.source.name);
    for (const keys of [
      {},
      { contextKey: generateContextKey() },
      { contextKey: field.keys.retiredKey },
    ]) {
      await expect(runSuite({ app, own, other, ...keys })).rejects.toMatchObject({ code: 'IB936' });
    }
  });

  test('notifications that carry ids alone are heard and HELD', async () => {
    const { own, other } = field.planting;
    const report = await field.onCopy(async (database) => {
      const watcher = adminConfig(field.source.server, database);
      await withClient(watcher, (client) =>
        client.query(`create function app.tell() returns trigger language plpgsql as
            $$ begin perform pg_notify('invoices', new.id::text); return null; end $$;
          create trigger tell after insert or update on app.invoices for each row execute function app.tell()`),
      );
      return runSuite(
        { app: field.attacker(database), watcher, own, other, ...field.keys },
        { cases: ({ id }) => id === 'H7' },
      );
    });
    expect(report.results).toMatchObject([
      { verdict: 'HELD', happened: '2 notifications of 2 tables, none with content' },
    ]);
    expect(report.watched.unchanged).toBe(true);
  });

  test('a retired key whose secret nobody has is tried under its name', async () => {
    const { contextKey } = field.keys;
    const report = await field.onCopy((database) => {
      const target = {
        app: field.attacker(database),
        watcher: adminConfig(field.source.server, database),
      };
      return runSuite(
        { ...target, ...field.planting, contextKey },
        { cases: ({ id }) => id === 'B8' },
      );
    });
    expect(report.results).toMatchObject([
      {
        verdict: 'HELD',
        target: `under the name of ${field.keys.retiredKey?.id}, which was retired`,
      },
    ]);
  });

  test.each(signedWeakenings.map((weakening) => [weakening.name, weakening] as const))(
    'the hostile suite notices that %s',
    async (_name, weakening) => {
      const ids = await breakWith(field, weakening);
      expect(weakening.cases.filter((id) => !ids.includes(id))).toEqual([]);
    },
  );
});

describe('every case', () => {
  test('is turned BROKEN by some weakened build, or stands in the list of those that cannot be', () => {
    const covered = new Set([...weakenings, ...signedWeakenings].flatMap(({ cases }) => cases));
    const ids = caseNames.map(({ id }) => id);
    expect(ids.filter((id) => !covered.has(id) && !(id in unbreakable))).toEqual([]);
    expect(Object.keys(unbreakable).filter((id) => covered.has(id) || !ids.includes(id))).toEqual(
      [],
    );
    expect([...covered].filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('has an id of its own that begins with its group', () => {
    const ids = caseNames.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(caseNames.filter(({ id, group }) => !id.startsWith(group))).toEqual([]);
  });
});
