import type pg from 'pg';
import type { Answer, BatchResult, Wanted } from './batch.ts';
import { ownReading, typeParsers } from './parsers.ts';
import type { Statement } from './statements.ts';

/**
 * Sends statements one by one, for clients that take no batches. Those that steer go by the simple protocol, which takes
 * several in one text; all others by the extended one, which does not.
 * @param wanted the statements whose rows are wanted.
 * @param wait what to await an answer with.
 */
export async function sendSingly(
  client: pg.PoolClient,
  statements: readonly Statement[],
  wanted: Wanted,
  wait: <T>(sent: Promise<T>) => Promise<T>,
): Promise<BatchResult> {
  const tags: string[] = [];
  const each: Answer[] = [];
  for (const [index, { text, values, kind, reading = ownReading }] of statements.entries()) {
    // Asked for by name: without values pg would choose the simple protocol.
    const extended = {
      text,
      values: [...values],
      types: typeParsers(reading),
      queryMode: 'extended',
      ...(reading.rows === 'lists' ? { rowMode: 'array' } : {}),
    };
    const sent = client.query<Record<string, unknown>>(kind === 'control' ? { text } : extended);
    // Several statements in one text are answered by a list.
    const [result] = [await wait(sent)].flat();
    if (result === undefined) continue;
    const { command, rowCount, rows, fields } = result;
    const tag = rowCount === null ? command : `${command} ${rowCount}`;
    tags.push(tag);
    if (index >= wanted.first && index <= wanted.last) each.push({ rows, fields, tags: [tag] });
  }
  const last = each.at(-1) ?? { rows: [], fields: undefined };
  return { ...last, tags: tags.slice(0, wanted.last + 1), each };
}

/** Several statements that steer as one, for one trip. */
export function joined(statements: readonly Statement[]): Statement {
  return { text: statements.map(({ text }) => text).join('; '), values: [], kind: 'control' };
}
