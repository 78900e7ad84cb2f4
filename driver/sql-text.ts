import { FabricError } from './errors.ts';
import { isStorableText } from './text.ts';

const MOST_REMEMBERED = 1_000;
const ALLOWED = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'with',
  'values',
  'table',
  'explain',
  'show',
]);
const QUERIES = /^(?:select|with|values|table)$/;
const OPENER = /--|\/\*|[eE]?'|"|\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$|;/g;
const BACKSLASHED = /(?:[^'\\]|\\[\s\S]|'')*'/y;
const QUOTED = /(?:[^']|'')*'/y;
const IDENTIFIER = /(?:[^"]|"")*"/y;
const LINE = /[^\n\r]*/y;
const SESSION_LOCK = /\bpg_(?:try_)?advisory_lock(?:_shared)?\b/i;

const remembered = new Set<string>();

/**
 * Refuses text that is not one plain statement: transaction control, SET, COPY, DO and the like, several statements, a
 * call of set_config, or an advisory lock that would outlive its transaction. This catches mistakes early and gives them a name; it is **not** the boundary. The boundary is the
 * server: one statement per message of the extended protocol, row policies, and what the login was granted.
 * @throws FabricError IB916.
 */
export function checkStatement(text: unknown): asserts text is string {
  if (typeof text !== 'string' || !isStorableText(text)) {
    throw refused('is not text', 'Pass the statement as a string without NUL characters.');
  }
  if (remembered.has(text)) return;
  const bare = withoutCommentsAndLiterals(text);
  const word = firstWord(bare);
  if (word === '') throw refused('is empty', 'Pass one SQL statement.');
  if (!ALLOWED.has(word)) {
    throw refused(
      `begins with ${word.toUpperCase().slice(0, 32)}`,
      'Transactions are db.transaction(), the context is set by the driver, and definitions belong in migrations.',
    );
  }
  if (/;\s*[^\s;]/.test(bare)) {
    throw refused(
      'holds several statements',
      'Send them one by one, in db.transaction() where they belong together.',
    );
  }
  if (/set_config/i.test(text)) {
    throw refused(
      'mentions set_config',
      'The driver sets the context; pass text that holds the word as a parameter.',
    );
  }
  if (SESSION_LOCK.test(bare)) {
    throw refused(
      'takes a lock for the whole session',
      'Use pg_advisory_xact_lock: behind a pooler the session goes to somebody else, and the lock with it.',
    );
  }
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.add(text);
}

/** As `checkStatement`, for a query that a cursor can read. @throws FabricError IB916. */
export function checkQuery(text: unknown): asserts text is string {
  checkStatement(text);
  if (!QUERIES.test(firstWord(withoutCommentsAndLiterals(text)))) {
    throw refused(
      'is not a query',
      'Stream a select, with, values or table; send others by query().',
    );
  }
}

function firstWord(bare: string): string {
  return /^[\s(]*([A-Za-z_]+)/.exec(bare)?.[1]?.toLowerCase() ?? '';
}

function withoutCommentsAndLiterals(text: string): string {
  let bare = '';
  let from = 0;
  OPENER.lastIndex = 0;
  for (let opener = OPENER.exec(text); opener !== null; opener = OPENER.exec(text)) {
    const [mark] = opener;
    if (mark === ';') continue;
    const isAfterName = /[\w$\u0080-\uffff]/.test(text.charAt(opener.index - 1));
    if (isAfterName && mark.startsWith('$')) {
      OPENER.lastIndex = opener.index + 1;
      continue;
    }
    // The e of date'…' belongs to the name, so backslashes do not escape there.
    const kind = isAfterName && mark.endsWith("'") ? "'" : mark;
    const end = endOf(kind, text, opener.index + mark.length);
    bare += `${text.slice(from, opener.index)} ${mark.endsWith("'") || mark.startsWith('$') ? "''" : ''} `;
    if (mark === '"') bare += text.slice(opener.index, end).replaceAll(';', ' ');
    from = end;
    OPENER.lastIndex = end;
  }
  return bare + text.slice(from);
}

function endOf(mark: string, text: string, start: number): number {
  if (mark === '/*') return endOfComment(text, start);
  if (mark.startsWith('$')) {
    const close = text.indexOf(mark, start);
    return close < 0 ? text.length : close + mark.length;
  }
  const body =
    mark === '--' ? LINE : mark === '"' ? IDENTIFIER : mark === "'" ? QUOTED : BACKSLASHED;
  body.lastIndex = start;
  return body.test(text) ? body.lastIndex : text.length;
}

function endOfComment(text: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 1;
  for (let mark = edge.exec(text); mark !== null; mark = edge.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return text.length;
}

function refused(what: string, hint: string): FabricError {
  return new FabricError('IB916', `the statement was refused: it ${what}`, { hint });
}
