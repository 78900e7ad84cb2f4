import type { HostileCase } from '../case.ts';
import type { CaseName, Expectation, Group, Trial } from '../model.ts';
import type { Scene } from '../scene.ts';

/** A case of one trial. */
export function single(name: CaseName, trial: Trial | ((scene: Scene) => Trial)): HostileCase {
  return { ...name, trials: (scene) => [typeof trial === 'function' ? trial(scene) : trial] };
}

/** A case of one statement list that the server must refuse; 42501 and the fabric's codes need not be named, `past` shows that it went on. */
export function refusedCase(
  id: string,
  title: string,
  steps: readonly string[] | ((scene: Scene) => readonly string[]),
  codes: readonly string[] = [],
  past?: RegExp,
): HostileCase {
  const expect: Expectation = { outcome: 'refused', codes, ...(past && { past }) };
  const name = {
    id,
    group: groupOf(id),
    title,
    should: `refused: ${['42501', ...codes].join(', ')}`,
  };
  return single(name, (scene) => ({
    steps: typeof steps === 'function' ? steps(scene) : steps,
    expect,
  }));
}

/** The group of an id: its first letter. */
export function groupOf(id: string): Group {
  return id.charAt(0) as Group;
}

/** A table that the login can read rows of its own in, to look at through a context; undefined where there is none. */
export function window(scene: Scene) {
  return scene.tables.find(
    (table) =>
      table.readable &&
      !table.isPartition &&
      (scene.ownHoldings.get(table.name)?.rows ?? 0) > 0 &&
      (scene.otherHoldings.get(table.name)?.rows ?? 0) > 0,
  );
}
