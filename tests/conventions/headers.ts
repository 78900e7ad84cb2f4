import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../driver/install/source.ts';
import { codesIn, type Source, withoutSqlComments } from './sources.ts';

const keys = ['Guarantee', 'How', 'Raises', 'Proved by'] as const;

/** The header of a SQL file, each part joined over its lines. */
export type Header = Readonly<Record<(typeof keys)[number], string>>;

/** Reads the four parts a SQL file opens with; undefined where it does not open with exactly these, in this order. */
export function readHeader(sql: string): Header | undefined {
  const lines = sql.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const parts: { key: string; text: string }[] = [];
  for (const line of lines.slice(0, end === -1 ? lines.length : end)) {
    const start = /^-- (Guarantee|How|Raises|Proved by): (.+)$/.exec(line);
    const last = parts.at(-1);
    if (start !== null) parts.push({ key: start[1] ?? '', text: start[2] ?? '' });
    else if (last !== undefined && /^-- {3}\S/.test(line)) last.text += ` ${line.slice(5)}`;
    else return undefined;
  }
  if (parts.map((part) => part.key).join() !== keys.join()) return undefined;
  const [guarantee, how, raises, proof] = parts.map((part) => part.text);
  if (guarantee === undefined || how === undefined || raises === undefined || proof === undefined) {
    return undefined;
  }
  return { Guarantee: guarantee, How: how, Raises: raises, 'Proved by': proof };
}

/** Codes of class IB that a file raises itself. */
function raisedIn(source: Source): readonly string[] {
  return codesIn(withoutSqlComments(source.text)).filter((code) => code.startsWith('IB'));
}

/** Codes of class IB that a file raises itself or through a routine of another file that it mentions. */
function raisedThrough(
  source: Source,
  all: readonly Source[],
  seen = new Set<string>(),
): ReadonlySet<string> {
  seen.add(source.path);
  const codes = new Set(raisedIn(source));
  const text = withoutSqlComments(source.text);
  for (const other of all) {
    if (seen.has(other.path)) continue;
    const routines = [
      ...other.text.matchAll(
        /^\s*create (?:or replace )?(?:function|procedure) ([a-z_]+\.[a-z_0-9]+)/gm,
      ),
    ].map((match) => match[1] ?? '');
    if (routines.some((routine) => text.includes(`${routine}(`))) {
      for (const code of raisedThrough(other, all, seen)) codes.add(code);
    }
  }
  return codes;
}

/** What is wrong with the headers of SQL files: one sentence per fault, none when all are in order. */
export function findHeaderProblems(
  sources: readonly Source[],
  root = packageRoot,
): readonly string[] {
  const problems: string[] = [];
  const bodies = sources.filter((source) => !source.path.endsWith('error_codes.sql'));
  for (const source of sources) {
    const header = readHeader(source.text);
    if (header === undefined) {
      problems.push(`${source.path}: it does not open with ${keys.join(', ')}`);
      continue;
    }
    if (!header.Guarantee.endsWith('.'))
      problems.push(`${source.path}: the guarantee is no sentence`);
    if (!existsSync(path.join(root, header['Proved by']))) {
      problems.push(`${source.path}: its proof ${header['Proved by']} is missing`);
    }
    if (source.path.endsWith('error_codes.sql')) continue;
    const said: readonly string[] = header.Raises.match(/\bIB[0-9]{3}\b/g) ?? [];
    if (
      said.length === 0 &&
      !/^(nothing|nothing of its own|[0-9A-Z]{5}\b.*)$/.test(header.Raises)
    ) {
      problems.push(
        `${source.path}: "Raises: ${header.Raises}" names no code and does not say nothing`,
      );
    }
    const raised = raisedIn(source);
    for (const code of raised.filter((each) => !said.includes(each))) {
      problems.push(`${source.path}: it raises ${code} and does not say so`);
    }
    const possible = raisedThrough(source, bodies);
    for (const code of said.filter((each) => !possible.has(each))) {
      problems.push(`${source.path}: it says ${code}, which neither it nor what it calls raises`);
    }
  }
  return problems;
}
