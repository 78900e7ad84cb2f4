import type { Answer } from './batch.ts';
import { FabricError } from './errors.ts';
import type { Statement } from './statements.ts';

/** What is known of a statement before it is sent. @internal */
export interface Plan<R> {
  readonly statement: Statement;
  /** Whether it can change anything. */
  readonly writes: boolean;
  readonly read: (answer: Answer) => R;
}

/** A statement of a batch: checked and not sent yet. `R` is what it will answer. */
export class Planned<out R> {
  readonly #plan: Plan<R>;
  readonly #maker: object;

  /** Made by a `Planner` alone. */
  constructor(maker: object, plan: Plan<R>) {
    this.#maker = maker;
    this.#plan = plan;
  }

  /** The plans in a list that one planner made. @throws FabricError IB923 for anything else. @internal */
  static open(maker: object, list: unknown): readonly Plan<unknown>[] {
    if (!Array.isArray(list)) throw notPlanned();
    const plans: Plan<unknown>[] = [];
    for (let i = 0; i < list.length; i++) {
      const item: unknown = list[i];
      if (!(item instanceof Planned) || item.#maker !== maker) throw notPlanned();
      plans.push(item.#plan);
    }
    return plans;
  }

  /** What this one plan holds. @internal */
  static plan<R>(planned: Planned<R>): Plan<R> {
    return planned.#plan;
  }
}

/** The answers of a list of planned statements, in their places. */
export type Answers<List extends readonly Planned<unknown>[]> = {
  -readonly [K in keyof List]: List[K] extends Planned<infer R> ? R : never;
};

/** Reads the answers of plans that were sent together. */
export function answersOf<List extends readonly Planned<unknown>[]>(
  plans: readonly Plan<unknown>[],
  answers: readonly Answer[],
): Answers<List> {
  const results = plans.map(({ read }, index) => read(answers[index] ?? { rows: [], tags: [] }));
  return results as unknown as Answers<List>;
}

function notPlanned(): FabricError {
  return new FabricError('IB923', 'the statements of the batch were refused', {
    hint: 'Return a list of what the methods of the batch itself made, unawaited: (b) => [b.select(…), b.insert(…)].',
  });
}
