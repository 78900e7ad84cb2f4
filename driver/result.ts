import type { BatchResult } from './batch.ts';
import type { Result } from './types.ts';

/** Makes the caller's result of a batch: the rows, and the count in the last command tag. */
export function toResult<R>(batch: BatchResult): Result<R> {
  const count = / (\d+)$/.exec(batch.tags.at(-1) ?? '')?.[1];
  return { rows: batch.rows as R[], rowCount: count === undefined ? 0 : Number(count) };
}
