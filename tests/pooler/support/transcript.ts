import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

/** One statement of a block in the documentation, and what the page says it answered. */
export interface Exchange {
  readonly client: number;
  readonly sql: string;
  readonly answer: readonly string[];
}

/** The blocks of a page that are marked as transcripts, each under the heading it stands below. */
export function readTranscripts(
  page: string,
): readonly { readonly title: string; readonly exchanges: readonly Exchange[] }[] {
  const text = readFileSync(path.join(import.meta.dirname, '../../../docs', page), 'utf8');
  return [...text.matchAll(/^```transcript\n([\s\S]*?)^```$/gm)].map((block) => {
    const heading =
      text
        .slice(0, block.index)
        .match(/^## .*$/gm)
        ?.at(-1) ?? page;
    return { title: `${heading.slice(3)}, ${block.index}`, exchanges: exchangesOf(block[1] ?? '') };
  });
}

function exchangesOf(block: string): readonly Exchange[] {
  return block
    .split(/^(?=client \d> )/m)
    .filter((part) => part !== '')
    .map((part) => {
      const [first = '', ...answer] = part.replace(/\n$/, '').split('\n');
      const [, client, sql = ''] = /^client (\d)> (.*)$/.exec(first) ?? [];
      return { client: Number(client), sql, answer };
    });
}

/** What a client answers to a statement, as a page writes it: rows, else the command, or the error. */
export async function answerOf(client: pg.Client, sql: string): Promise<readonly string[]> {
  try {
    const { rows, command, fields } = await client.query({ text: sql, rowMode: 'array' });
    return fields.length === 0 ? [command] : rows.map((row) => row.join(' | '));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return [`ERROR ${error.code}: ${error.message}`];
  }
}
