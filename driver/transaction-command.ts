import { FabricError } from './errors.ts';

/** A command of transaction control, as a client would send it to a connection of its own. */
export type TransactionCommand =
  | { readonly kind: 'begin' | 'commit' | 'rollback' }
  | { readonly kind: 'savepoint' | 'release' | 'rollback to'; readonly name: string };

const BEGIN =
  /^(?:begin(?:\s+(?:work|transaction))?|start\s+transaction)(?:\s+(?<settings>\S.*))?$/is;
const SETTINGS =
  /^(?:[\s,]*(?:isolation\s+level\s+(?:serializable|repeatable\s+read|read\s+(?:un)?committed)|read\s+(?:only|write)|(?:not\s+)?deferrable)\b)+$/i;
const COMMIT = /^(?:commit|end)(?:\s+(?:work|transaction))?$/i;
const ROLLBACK = /^(?:rollback|abort)(?:\s+(?:work|transaction))?$/i;
const NAMED =
  /^(?:(?<savepoint>savepoint)|(?<release>release)(?:\s+savepoint)?|rollback(?:\s+(?:work|transaction))?\s+to(?:\s+savepoint)?)\s+(?<name>[a-z_][\w$]*|"(?:[^"]|"")+")$/i;

/**
 * Reads a text that is one command of transaction control and nothing else; undefined for any other text.
 * @throws FabricError IB995 for a transaction with an isolation level or access mode of its own.
 */
export function readCommand(text: string): TransactionCommand | undefined {
  if (text.length > 500) return undefined;
  const bare = text.replace(/;\s*$/, '').trim();
  const begin = BEGIN.exec(bare);
  if (begin !== null) {
    const settings = begin.groups?.settings;
    if (settings === undefined) return { kind: 'begin' };
    if (!SETTINGS.test(settings)) return undefined;
    throw misplaced('a nested transaction has no isolation level or access mode of its own', {
      hint: 'Pass isolation and readOnly to db.transaction(); they hold for all that is nested in it.',
    });
  }
  if (COMMIT.test(bare)) return { kind: 'commit' };
  if (ROLLBACK.test(bare)) return { kind: 'rollback' };
  const named = NAMED.exec(bare)?.groups;
  if (named?.name === undefined) return undefined;
  const name = named.name.startsWith('"')
    ? named.name.slice(1, -1).replaceAll('""', '"')
    : named.name.toLowerCase();
  if (named.savepoint !== undefined) return { kind: 'savepoint', name };
  return { kind: named.release === undefined ? 'rollback to' : 'release', name };
}

/** The refusal of a command of transaction control (IB995). */
export function misplaced(message: string, facts: { readonly hint: string }): FabricError {
  return new FabricError('IB995', message, facts);
}
