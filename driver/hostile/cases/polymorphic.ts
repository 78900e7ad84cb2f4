import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import { freshRow, insertOf } from '../rows.ts';
import { isBase, type Scene } from '../scene.ts';
import type { TableFacts } from '../tables.ts';

/** Columns that say where another one leads, beside it: ref_type for ref_id. */
const KINDS = ['type', 'table', 'kind', 'class'];

/** Columns that lead to rows of more than one table, so that no foreign key can hold them. */
function looseReferences({ columns, foreignKeys }: TableFacts): readonly string[] {
  const names = new Set(columns.map(({ name }) => name));
  const held = new Set(foreignKeys.flatMap((key) => key.columns));
  return columns
    .map(({ name }) => name)
    .filter((name) => /_id$/.test(name) && !held.has(name))
    .filter((name) => KINDS.some((kind) => names.has(name.replace(/id$/, kind))));
}

/** The id of a row of the other tenant that the attacker may have heard of. */
function foreignId({ tables, otherHoldings }: Scene): string | undefined {
  const ids = tables.map(({ name }) => otherHoldings.get(name)?.sample?.id);
  return ids.find((id) => typeof id === 'string');
}

/** Group G: references that no foreign key holds. */
export const polymorphicCases: readonly HostileCase[] = [
  {
    ...{ id: 'G4', group: 'G', title: "Refer to the other tenant's row where no key looks" },
    should: 'refused by a trigger that looks for the row in the own tenant',
    trials: (scene) => {
      const id = foreignId(scene);
      const trials = scene.tables.filter(isBase).flatMap((table) => {
        const sample = scene.ownHoldings.get(table.name)?.sample;
        const isOpen = table.columns.some(({ insertable }) => insertable);
        if (sample === undefined || id === undefined || !isOpen) return [];
        return looseReferences(table).map((name) => ({
          target: `${table.name} ${name}`,
          steps: [insertOf(table, { ...freshRow(table, sample, [name]), [name]: id }, [name])],
          expect: { outcome: 'refused' as const, codes: ['23503', '23514', 'P0001'] },
        }));
      });
      if (trials.length > 0) return trials;
      const reason = format(
        'no table that the login may fill has a column …_id beside %s that no foreign key holds',
        KINDS.map((kind) => `…_${kind}`).join(', '),
      );
      return { verdict: 'NOT APPLICABLE', reason };
    },
  },
];
