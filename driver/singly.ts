import type pg from 'pg';
import type { BatchResult } from './batch.ts';
import { typeParsers } from './parsers.ts';
import type { AnyRow } from './rows.ts';
import type { Statement } from './statements.ts';

/**
 * Sends statements one by one, for clients that take no batches. Those that steer go by the simple protocol, which takes
 * several in one text; all others by the extended one, which does not.
 * @param answer place of the statement whose rows are wanted.
 * @param wait what to await an answer with.
 */
export async function sendSingly(
  client: pg.PoolClient,
  statements: readonly Statement[],
  answer: number,
  wait: <T>(sent: Promise<T>) => Promise<T>,
): Promise<BatchResult> {
  const tags: string[] = [];
  let rows: AnyRow[] = [];
  for (const [index, { text, values, kind }] of statements.entries()) {
    // Asked for by name: without values pg would choose the simple protocol.
    const extended = { text, values: [...values], types: typeParsers, queryMode: 'extended' };
    const sent = client.query<AnyRow>(kind === 'control' ? { text } : extended);
    // Several statements in one text are answered by a list.
    const [result] = [await wait(sent)].flat();
    if (result === undefined) continue;
    tags.push(result.rowCount === null ? result.command : `${result.command} ${result.rowCount}`);
    if (index === answer) rows = result.rows;
  }
  return { rows, tags: tags.slice(0, answer + 1) };
}

/** Several statements that steer as one, for one trip. */
export function joined(statements: readonly Statement[]): Statement {
  return { text: statements.map(({ text }) => text).join('; '), values: [], kind: 'control' };
}
