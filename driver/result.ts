import type { Answer } from './batch.ts';
import type { Result } from './types.ts';

/** Makes the caller's result of an answer: the rows, and the count in the last command tag. */
export function toResult<R>(answer: Answer): Result<R> {
  const count = / (\d+)$/.exec(answer.tags.at(-1) ?? '')?.[1];
  return { rows: answer.rows as R[], rowCount: count === undefined ? 0 : Number(count) };
}
