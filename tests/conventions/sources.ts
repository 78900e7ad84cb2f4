import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../driver/install/source.ts';

/** One file of the project: its path from the root, with slashes, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The files below a folder whose names end so, sorted by path. */
export function readSources(folder: string, ending: string): readonly Source[] {
  return readdirSync(path.join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`)
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(packageRoot, file), 'utf8') }));
}

/** SQL without its comments, so that a code named in a comment does not count as raised. */
export function withoutSqlComments(sql: string): string {
  return sql.replaceAll(/--[^\n]*/g, '');
}

/** TypeScript without its comments; a double slash inside a string ends the line, which hides nothing that is looked for. */
export function withoutComments(typescript: string): string {
  return typescript.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/[^\n]*/g, '$1');
}

/** The codes of class IB, and 42501 where it is written out, that a text holds in quotes, sorted, each once. */
export function codesIn(text: string): readonly string[] {
  const found = [...text.matchAll(/['"`](IB[0-9]{3}|42501)['"`]/g)].map((match) => match[1] ?? '');
  return [...new Set(found)].sort();
}
