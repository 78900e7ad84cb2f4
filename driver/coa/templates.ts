import { join } from 'node:path';
import { ImportError } from '../import/errors.ts';
import { packageRoot } from '../install/source.ts';

/** A chart of accounts that the package ships. */
export interface ChartTemplate {
  readonly name: string;
  /** Whom it is for, in one sentence. */
  readonly purpose: string;
  /** Path of its CSV file. */
  readonly file: string;
}

const purposes = {
  association: 'A non-profit association: members, donations, grants and restricted funds.',
  consulting: 'Services and consulting: fees by time or project, subcontractors, travel.',
  trading: 'A small trading company: goods bought and sold, inventory, freight, sales tax.',
} as const;

/** The charts that the package ships, by name. */
export const chartTemplates: readonly ChartTemplate[] = Object.entries(purposes).map(
  ([name, purpose]) => ({ name, purpose, file: join(packageRoot, 'charts', `${name}.csv`) }),
);

/** Finds a shipped chart by its name. @throws ImportError IB959. */
export function findTemplate(name: string): ChartTemplate {
  const found = chartTemplates.find((template) => template.name === name.trim().toLowerCase());
  if (found !== undefined) return found;
  const names = chartTemplates.map((template) => template.name).join(', ');
  throw new ImportError('IB959', `there is no template "${name}"`, `Choose ${names}.`);
}
