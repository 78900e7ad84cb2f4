import type { CaseName, Trial, Untried } from './model.ts';
import type { Scene } from './scene.ts';
import type { TableFacts } from './tables.ts';

/** Something that is tried: a name, and the trials it comes to in a given database. */
export interface HostileCase extends CaseName {
  trials(scene: Scene): readonly Trial[] | Untried;
}

/** A table as a trial speaks of it. */
export interface Aim {
  readonly table: TableFacts;
  readonly scene: Scene;
  /** Its tenant column, quoted. */
  readonly tenant: string;
  /** The two tenants as literals. */
  readonly own: string;
  readonly other: string;
}

/** A condition that holds for rows of no tenant but others. */
export function isForeign({ tenant, own }: Aim): string {
  return `${tenant} is distinct from ${own}`;
}
