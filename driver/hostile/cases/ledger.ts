import { type AttackedTenant, attacksOn, type Targets } from '../../demo/attacks.ts';
import type { HostileCase } from '../case.ts';
import type { Untried } from '../model.ts';
import type { Scene } from '../scene.ts';
import { groupOf } from './single.ts';

const nobody: AttackedTenant = { tenantId: '', userId: '' };
const nowhere: Targets = {
  ...{ own: nobody, other: nobody, entryId: '', reversedEntryId: '', accounts: ['', ''] },
  ...{ otherAccountId: '', companyId: '', currency: '', entryDate: '' },
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The posted books of the own tenant, as the attacks of the demo need them. */
function targetsOf(scene: Scene): Targets | undefined {
  const mine = (table: string) => scene.ownHoldings.get(table)?.all ?? [];
  const theirs = scene.otherHoldings.get('finance.accounts')?.sample;
  const [entry] = mine('finance.journal_entries');
  const [reversal] = mine('finance.journal_reversals');
  const company = mine('finance.companies').find((row) => row.id === entry?.company_id);
  const [first, second] = mine('finance.accounts').filter(
    (row) => row.company_id === company?.id && row.is_active === true && row.currency === null,
  );
  const days = mine('finance.journal_entries')
    .filter((row) => row.company_id === company?.id)
    .map((row) => text(row.entry_date))
    .sort();
  if (entry === undefined || first === undefined || second === undefined) return undefined;
  return {
    ...{ own: scene.own, other: scene.other, entryId: text(entry.id) },
    ...{ reversedEntryId: text(reversal?.reverses_entry_id), companyId: text(company?.id) },
    ...{ accounts: [text(first.id), text(second.id)], otherAccountId: text(theirs?.id) },
    currency: text(company?.functional_currency),
    // Later periods are closed later.
    entryDate: text(days.at(-1)),
  };
}

const noBooks: Untried = {
  verdict: 'COULD NOT TRY',
  reason: 'the own tenant has no posted entry, or no accounts that take any currency',
};

/** Groups K, L and M: the attacks of the demo on the books, undone instead of committed. */
export const ledgerCases: readonly HostileCase[] = attacksOn(nowhere)
  .filter(({ id, attacker }) => attacker === 'application' && (/^[KLM]/.test(id) || id === 'G1'))
  .map(({ id, title, expected }) => ({
    id: id === 'G1' ? 'G1.posting' : id,
    group: groupOf(id),
    title,
    should: expected,
    trials: (scene) => {
      const targets = targetsOf(scene);
      const attack =
        targets &&
        attacksOn(targets).find((one) => one.id === id && one.attacker === 'application');
      if (attack === undefined) return noBooks;
      return [{ steps: attack.sql, expect: { outcome: 'refused', exactly: expected } }];
    },
  }));
