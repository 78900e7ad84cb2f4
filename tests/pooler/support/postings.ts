import { FabricError, type TenantDb } from '../../../driver/index.ts';
import type { Tenant } from '../../driver/support/fabric.ts';
import { entries, entry, postJournal } from './jobs.ts';

/** What became of postings, by the keys they were sent under. */
export interface Outcomes {
  readonly acknowledged: string[];
  /** Refused by an error that says that nothing was committed. */
  readonly refused: string[];
  /** Refused by CommitOutcomeUnknownError. */
  readonly unknown: string[];
  /** Anything thrown that is no FabricError. */
  readonly strange: unknown[];
  /** How often each code came, for people. */
  readonly codes: Record<string, number>;
}

type Posting = (db: TenantDb, tenant: Tenant, key: string) => Promise<unknown>;

/** The ways in which an application posts an entry under a key. */
const ways: readonly Posting[] = [
  (db, tenant, key) => db.query(tenant.context, postJournal, entry(tenant, key)),
  (db, tenant, key) =>
    db.transaction(tenant.context, async (tx) => {
      await tx.select('accounts', ['id']);
      await tx.query(postJournal, entry(tenant, key));
      await tx.select('accounts', ['code']);
    }),
  (db, tenant, key) =>
    db.transaction(tenant.context, async (tx) => {
      await tx
        .transaction((inner) => inner.query('select 1 / 0'))
        .catch((error: unknown) => {
          if (!(error instanceof FabricError) || error.code !== '22012') throw error;
        });
      await tx.transaction((inner) => inner.query(postJournal, entry(tenant, key)));
    }),
  (db, tenant, key) =>
    db.transaction(tenant.context, async (tx) => {
      for await (const _ of tx.postJournals(entries(tenant, [key])));
    }),
  async (db, tenant, key) => {
    for await (const _ of db.postJournals(tenant.context, entries(tenant, [key]), {
      transaction: 'each',
    }));
  },
];

/**
 * Sends `count` postings at once, each under a key of its own, tenants and ways in turn; `onAcknowledged` hears of each that
 * was acknowledged, and is waited for at the end.
 */
export async function postAll(
  db: TenantDb,
  tenants: readonly Tenant[],
  work: { readonly name: string; readonly count: number },
  onAcknowledged: (count: number) => Promise<void> = async () => undefined,
): Promise<Outcomes> {
  const outcomes: Outcomes = {
    acknowledged: [],
    refused: [],
    unknown: [],
    strange: [],
    codes: {},
  };
  const heard: Promise<void>[] = [];
  await Promise.all(
    Array.from({ length: work.count }, async (_, n) => {
      const tenant = tenants[n % tenants.length];
      const way = ways[n % ways.length];
      if (tenant === undefined || way === undefined) throw new Error('nothing to post');
      const key = `${work.name}/${n}`;
      try {
        await way(db, tenant, key);
      } catch (error) {
        judge(outcomes, key, error);
        return;
      }
      outcomes.acknowledged.push(key);
      heard.push(onAcknowledged(outcomes.acknowledged.length));
    }),
  );
  await Promise.all(heard);
  return outcomes;
}

function judge(outcomes: Outcomes, key: string, error: unknown): void {
  if (!(error instanceof FabricError)) {
    outcomes.strange.push(error);
    return;
  }
  outcomes.codes[error.code] = (outcomes.codes[error.code] ?? 0) + 1;
  if (error.code === 'IB919') outcomes.unknown.push(key);
  else outcomes.refused.push(key);
}

/** What contradicts the books, in words: `committed` are the keys that are there. */
export function contradictions(
  outcomes: Outcomes,
  committed: ReadonlySet<string>,
): readonly string[] {
  const { acknowledged, refused, unknown, strange } = outcomes;
  const known = new Set([...acknowledged, ...refused, ...unknown]);
  return [
    ...acknowledged.filter((key) => !committed.has(key)).map((key) => `${key} was lost`),
    ...refused.filter((key) => committed.has(key)).map((key) => `${key} was refused, and is there`),
    ...[...committed].filter((key) => !known.has(key)).map((key) => `nobody knows of ${key}`),
    ...strange.map((error) => `thrown: ${String(error)}`),
  ];
}
