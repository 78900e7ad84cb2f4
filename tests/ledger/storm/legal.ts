import { reverse } from '../postings.ts';
import {
  balancedLines,
  dates,
  mirrorOf,
  newClaim,
  type Operation,
  type Scene,
} from './operation.ts';
import { createRandom } from './random.ts';
import { callPostJournal, callPostJournals, header, lines } from './sql.ts';
import type { Claim } from './tally.ts';

const keys = 40;

/** What is posted under a key: the same for everybody, in two variants of which one can win. */
function keyed(scene: Scene, key: string, variant: string): Claim {
  const fixed = createRandom(`${key} ${variant}`);
  return {
    ...newClaim(scene),
    description: `${key}, variant ${variant}`,
    date: fixed.pick(dates),
    lines: balancedLines(fixed, scene.book),
  };
}

function pickKey({ random, book }: Scene): { readonly key: string; readonly variant: string } {
  const key = `key ${random.below(keys)} of ${book.tenantId}`;
  return { key, variant: random.below(8) === 0 ? 'b' : 'a' };
}

function reversible(scene: Scene): Claim | undefined {
  const originals = scene.known.filter((claim) => claim.isReversal !== true);
  return originals.length === 0 ? undefined : scene.random.pick(originals);
}

/** Operations that may be committed. */
export const legalOperations: readonly Operation[] = [
  {
    kind: 'post_journal',
    weight: 6,
    codes: ['IB802'],
    async run(scene) {
      const claim = newClaim(scene);
      const { rows } = await scene.client.query(callPostJournal(scene.book, claim));
      return { claims: [{ ...claim, id: rows[0].id }] };
    },
  },
  {
    kind: 'post_journals',
    weight: 4,
    codes: ['IB802'],
    async run(scene) {
      const claims = [1, 2, 3]
        .slice(scene.random.below(3))
        .map((part) => newClaim(scene, ` part ${part}`));
      const entries = claims.map((claim) => ({ claim }));
      const { rows } = await scene.client.query(callPostJournals(scene.book, entries));
      return { claims: claims.map((claim, index) => ({ ...claim, id: rows[index].id })) };
    },
  },
  {
    kind: 'post_journals with keys',
    weight: 6,
    codes: ['IB802', 'IB207'],
    async run(scene) {
      const picked = new Map(
        [1, 2, 3].map(() => pickKey(scene)).map((choice) => [choice.key, choice]),
      );
      const entries = [...picked.values()].map(({ key, variant }) => ({
        claim: keyed(scene, key, variant),
        key,
      }));
      const { rows } = await scene.client.query(callPostJournals(scene.book, entries));
      const answers = entries.map(({ claim }, index) => ({
        claim: { ...claim, id: rows[index].id as string },
        outcome: rows[index].outcome as string,
      }));
      return {
        claims: answers.filter((a) => a.outcome === 'posted').map((a) => a.claim),
        replays: answers.filter((a) => a.outcome === 'replayed').map((a) => a.claim),
      };
    },
  },
  {
    kind: 'post_journal with a key',
    weight: 3,
    codes: ['IB802', 'IB207'],
    async run(scene) {
      const { key, variant } = pickKey(scene);
      const claim = keyed(scene, key, variant);
      const { rows } = await scene.client.query(callPostJournal(scene.book, claim, key));
      // The function does not say whether it posted: what holds of a replay holds of both.
      return { replays: [{ ...claim, id: rows[0].id }] };
    },
  },
  {
    kind: 'direct',
    weight: 6,
    codes: ['IB802'],
    async run(scene) {
      const claim = newClaim(scene);
      await scene.client.query(header(scene.book, claim));
      await scene.client.query(lines(scene.book, claim));
      return { claims: [claim] };
    },
  },
  {
    kind: 'direct in one statement',
    weight: 3,
    codes: ['IB802'],
    async run(scene) {
      const claim = newClaim(scene);
      await scene.client.query(
        `with header as (${header(scene.book, claim)}) ${lines(scene.book, claim)}`,
      );
      return { claims: [claim] };
    },
  },
  {
    kind: 'direct, checked at once',
    weight: 2,
    codes: ['IB802'],
    async run(scene) {
      const claim = newClaim(scene);
      await scene.client.query(header(scene.book, claim));
      await scene.client.query(lines(scene.book, claim));
      await scene.client.query('set constraints all immediate');
      return { claims: [claim] };
    },
  },
  {
    kind: 'reverse_journal',
    weight: 4,
    codes: ['IB802', 'IB208', '23505'],
    async run(scene) {
      const original = reversible(scene);
      if (original === undefined) return { isGivenUp: true };
      const claim = mirrorOf(original, scene.mark);
      const { rows } = await scene.client.query(reverse(original.id, original.date, scene.mark));
      return { claims: [{ ...claim, id: rows[0].id }] };
    },
  },
  {
    kind: 'direct reversal',
    weight: 3,
    codes: ['IB802', 'IB208', '23505'],
    async run(scene) {
      const original = reversible(scene);
      if (original === undefined) return { isGivenUp: true };
      const claim = mirrorOf(original, scene.mark);
      await scene.client.query(header(scene.book, claim, original.id));
      await scene.client.query(lines(scene.book, claim));
      return { claims: [claim] };
    },
  },
  {
    kind: 'several in one transaction',
    weight: 3,
    codes: ['IB802'],
    async run(scene) {
      const first = newClaim(scene, ' first');
      const second = newClaim(scene, ' second');
      await scene.client.query(header(scene.book, first));
      await scene.client.query(lines(scene.book, first));
      const { rows } = await scene.client.query(callPostJournal(scene.book, second));
      const reversal = mirrorOf(first, `${scene.mark} reversal`);
      const { rows: reversed } = await scene.client.query(
        reverse(first.id, first.date, reversal.description),
      );
      return {
        claims: [first, { ...second, id: rows[0].id }, { ...reversal, id: reversed[0].id }],
      };
    },
  },
  {
    kind: 'after a savepoint',
    weight: 3,
    codes: ['IB802'],
    async run(scene) {
      const gone = newClaim(scene, ' gone');
      const claim = newClaim(scene);
      await scene.client.query('savepoint before');
      await scene.client.query(header(scene.book, gone));
      if (scene.random.below(2) === 0) await scene.client.query(lines(scene.book, gone));
      await scene.client.query('rollback to savepoint before');
      await scene.client.query(header(scene.book, claim));
      await scene.client.query(lines(scene.book, claim));
      return { claims: [claim] };
    },
  },
  {
    kind: 'given up',
    weight: 2,
    codes: ['IB802'],
    async run(scene) {
      await scene.client.query(callPostJournal(scene.book, newClaim(scene)));
      return { isGivenUp: true };
    },
  },
  {
    kind: 'reading',
    weight: 3,
    codes: [],
    async run(scene) {
      const { rows } = await scene.client.query(
        `select count(*) filter (where status <> 'PASS' or tenant_id <> $1)::int as wrong from finance.v_journal_integrity`,
        [scene.book.tenantId],
      );
      const { rows: drift } = await scene.client.query('select 1 from finance.v_balance_drift');
      const isWhole = rows[0].wrong === 0 && drift.length === 0;
      return isWhole ? {} : { problem: 'a reader saw a broken book' };
    },
  },
];
