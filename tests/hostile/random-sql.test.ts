import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { testMajors } from '../support/database.ts';
import { huntIn, type Outcome } from './random/field.ts';
import { hasSqlsmith, smith } from './random/sqlsmith.ts';
import type { Statement } from './random/statements.ts';
import { type Field, openField } from './support.ts';
import { signedWeakenings } from './weakened-signing.ts';

const majors = testMajors();
/** Statements over all majors together: AIBOS_RANDOM_SQL and AIBOS_SQLSMITH change how many. */
const share = (name: string, fallback: number): number =>
  Math.ceil(Number(process.env[name] ?? fallback) / majors.length);
const ours = share('AIBOS_RANDOM_SQL', 3_000);
const theirs = share('AIBOS_SQLSMITH', 1_000);
/** AIBOS_RANDOM_SEED repeats a run. */
const seed = process.env.AIBOS_RANDOM_SEED ?? randomBytes(4).toString('hex');

/** sqlsmith writes few statements that return rows, so how many is known for one seed and left to luck for another. */
const smithSeed =
  process.env.AIBOS_RANDOM_SEED === undefined ? 4 : Number.parseInt(seed, 36) % 1_000_000 || 1;

/** What the hunt must notice, it must notice every time. */
const proven = { seed: 'proven', most: 1_500, untilFound: true } as const;
const provenSmith = { seed: 4, most: 600, tablesOnly: true } as const;

const openAccounts = 'alter table finance.accounts disable row level security';
const openEverything = `do $$ declare t regclass; begin
  for t in select oid from pg_class where relrowsecurity and relkind in ('r', 'p')
  loop execute format('alter table %s disable row level security', t); end loop; end $$`;
const definerView = `create view app.v_everything as select name, code from finance.accounts;
  grant select on app.v_everything to aibos_finance_role`;

/** What the hunt found, with all it takes to see it again. */
function finds({ finds: all }: Outcome): readonly string[] {
  return all.map(
    ({ number, kind, what, sql }) => `seed ${seed}, ${kind} ${number}: ${what}\n${sql}`,
  );
}

function written(texts: readonly string[]): readonly Statement[] {
  return texts.map((sql) => ({ kind: 'sqlsmith', steps: [sql] }));
}

/** Statements of another engine that lie about who sends them: before them, or in the middle. */
function lying(texts: readonly Statement[], spoofs: readonly string[]): readonly Statement[] {
  return texts.map(({ steps: [sql = ''] }, i) => {
    const lie = spoofs[i % spoofs.length] ?? 'null';
    const isQuery = /^select\b/i.test(sql) && i % 2 === 0;
    const inside = `with lie as materialized (select ${lie} as l) select lie.l, q.* from lie left join lateral (${sql}) q on true`;
    return { kind: 'sqlsmith', steps: isQuery ? [inside] : [`select ${lie}`, sql] };
  });
}

async function smithed(
  field: Field,
  database: string,
  most: number,
): Promise<readonly Statement[]> {
  const half = { seed: smithSeed, most: Math.ceil(most / 2) };
  const config = field.attacker(database);
  const texts = [
    ...(await smith(config, { ...half, tablesOnly: true })),
    ...(await smith(config, { ...half, tablesOnly: false })),
  ];
  return written(texts);
}

describe.each(majors)(`on PostgreSQL %i, with seed ${seed}`, async (major) => {
  const field = await openField(major);

  test(`${ours} random statements of one tenant show and change nothing of the other`, async () => {
    const outcome = await huntIn(field, { seed: `${seed} ${major}`, most: ours });
    expect(finds(outcome)).toEqual([]);
    expect(outcome.watched).toMatchObject({ unchanged: true });
    expect(outcome.watched.rows).toBeGreaterThan(100);

    // A fuzz of errors proves nothing. Reads are typed, so nearly all run; writes meet guards, which is what they are for.
    expect(outcome.statements).toBe(ours);
    expect(outcome.succeeded / outcome.statements, 'ran to their end').toBeGreaterThan(0.7);
    expect(outcome.withRows / outcome.statements, 'returned or changed rows').toBeGreaterThan(0.3);
    const isNonsense = ([code]: readonly [string, number]) => /^42/.test(code) && code !== '42501';
    const nonsense = [...outcome.errors].filter(isNonsense).reduce((sum, [, n]) => sum + n, 0);
    expect(nonsense / outcome.statements, outcome.nonsense.join('\n')).toBeLessThan(0.02);
    const select = outcome.kinds.get('select');
    expect((select?.succeeded ?? 0) / (select?.tried ?? 1), 'queries').toBeGreaterThan(0.95);
    expect(outcome.committed).toBeGreaterThan(ours / 20 / 4);
    if (ours >= 700) {
      expect(outcome.relations.filter((name) => !outcome.used.has(name))).toEqual([]);
    }
  });

  describe('the hunt notices within 1,500 statements', () => {
    test('that row security of one table is off', async () => {
      const outcome = await huntIn(field, { ...proven, weaken: openAccounts });
      expect(outcome.finds.length).toBeGreaterThan(0);
    });

    test('that a view reads with the rights of its owner', async () => {
      const outcome = await huntIn(field, { ...proven, weaken: definerView });
      expect(outcome.finds.length).toBeGreaterThan(0);
    });

    test('that rows are changed, by the digest of the watcher, where tables have no policy and no guard', async () => {
      const outcome = await huntIn(field, {
        ...{ seed: proven.seed, most: 400 },
        weaken: `${openEverything}; alter table app.invoices disable trigger user;
          alter table app.invoice_lines disable trigger user; alter table finance.document_metadata disable trigger user`,
      });
      expect(outcome.watched.unchanged).toBe(false);
    });

    test('that a tenant names another one, as it may while contexts are not signed', async () => {
      const outcome = await huntIn(field, { ...proven, spoof: true });
      expect(outcome.finds.length).toBeGreaterThan(0);
    });
  });

  test('a run repeats itself for the same seed', async () => {
    const run = () => huntIn(field, { seed: 'again', most: 60 });
    const [first, second] = [await run(), await run()];
    expect([...first.kinds]).toEqual([...second.kinds]);
    expect(first.used).toEqual(second.used);
  });

  describe.skipIf(!hasSqlsmith)('sqlsmith, a program of its own', () => {
    test(`writes ${theirs} statements of which none shows or changes anything of the other tenant`, async () => {
      const outcome = await huntIn(field, {
        ...{ seed, most: theirs },
        write: (database) => smithed(field, database, theirs),
      });
      expect(finds(outcome)).toEqual([]);
      expect(outcome.watched).toMatchObject({ unchanged: true });
      // It calls functions of polymorphic types with the pseudo types themselves, so most of what it writes is refused unread.
      expect(outcome.succeeded / outcome.statements).toBeGreaterThan(0.12);
      expect(outcome.withRows).toBeGreaterThan(0);
    });

    test('is noticed within 600 statements where row security is off everywhere', async () => {
      const outcome = await huntIn(field, {
        ...{ ...proven, most: 600 },
        weaken: openEverything,
        write: async (database) => written(await smith(field.attacker(database), provenSmith)),
      });
      expect(outcome.finds.length).toBeGreaterThan(0);
    });
  });
});

describe.each(majors)(`with a context key on PostgreSQL %i, with seed ${seed}`, async (major) => {
  const field = await openField(major, { signed: true });

  test(`${ours} random statements that lie about tenant, user and token show and change nothing of the other`, async () => {
    const outcome = await huntIn(field, { seed: `${seed} ${major}`, most: ours, spoof: true });
    expect(finds(outcome)).toEqual([]);
    expect(outcome.watched).toMatchObject({ unchanged: true });
    expect(outcome.watched.rows).toBeGreaterThan(100);
    expect(outcome.statements).toBe(ours);
    // Most lies end in an error, and enough statements tell none.
    expect(outcome.lies / outcome.statements, 'lied').toBeGreaterThan(0.2);
    expect(outcome.errors.get('42501') ?? 0, 'refused').toBeGreaterThan(outcome.lies / 4);
    expect(outcome.succeeded / outcome.statements, 'ran to their end').toBeGreaterThan(0.4);
    expect(outcome.withRows / outcome.statements, 'returned or changed rows').toBeGreaterThan(0.15);
  });

  test('the hunt notices that the setting counts, not the token', async () => {
    const weaken = signedWeakenings.find(({ cases }) => cases.includes('A13'))?.sql ?? '';
    const outcome = await huntIn(field, { ...proven, weaken, spoof: true });
    expect(outcome.finds.length).toBeGreaterThan(0);
  });

  test('the hunt notices that any token counts', async () => {
    const weaken = signedWeakenings.find(({ name }) => name === 'any token counts')?.sql ?? '';
    const outcome = await huntIn(field, { ...proven, weaken, spoof: true });
    expect(outcome.finds.length).toBeGreaterThan(0);
  });

  describe.skipIf(!hasSqlsmith)('sqlsmith, a program of its own', () => {
    test(`writes ${theirs} statements, and none of them shows or changes anything of the other tenant when it lies`, async () => {
      const outcome = await huntIn(field, {
        ...{ seed, most: theirs, spoof: true },
        write: async (database, spoofs) => lying(await smithed(field, database, theirs), spoofs),
      });
      expect(finds(outcome)).toEqual([]);
      expect(outcome.watched).toMatchObject({ unchanged: true });
      expect(outcome.lies).toBe(outcome.statements);
      expect(outcome.errors.get('42501') ?? 0).toBeGreaterThan(outcome.statements / 10);
    });

    test('is noticed within 1,500 statements where the setting counts, not the token', async () => {
      const weaken = signedWeakenings.find(({ cases }) => cases.includes('A13'))?.sql ?? '';
      const outcome = await huntIn(field, {
        ...{ ...proven, weaken, spoof: true },
        write: async (database, spoofs) =>
          lying(
            written(await smith(field.attacker(database), { ...provenSmith, most: 1_500 })),
            spoofs.slice(0, 1),
          ),
      });
      expect(outcome.finds.length).toBeGreaterThan(0);
    });
  });
});
