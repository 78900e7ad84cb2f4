import { randomBytes } from 'node:crypto';
import type { Columns } from './rows.ts';

/** Most statements that one connection keeps prepared. */
const MOST = 100;

/** One statement prepared on one connection. */
export interface Prepared {
  readonly name: string;
  /** Whether the server has answered that it knows the name. */
  isKnown: boolean;
  /** What it returns, once known; the server refuses (0A000) to run it when that changes. */
  columns: Columns | undefined;
}

/**
 * The names under which statements are prepared on one connection, the least recently used of which are given up. The
 * names cannot be guessed, and they are given up whenever SQL of somebody else ran in the session and could have read them.
 */
export class PreparedNames {
  readonly #byText = new Map<string, Prepared>();
  #prefix = newPrefix();
  #count = 0;
  #closing: string[] = [];

  /** The name for a statement; new ones are to be parsed. */
  of(text: string): Prepared {
    const found = this.#byText.get(text);
    if (found !== undefined) {
      this.#byText.delete(text);
      this.#byText.set(text, found);
      return found;
    }
    const made = { name: `${this.#prefix}_${++this.#count}`, isKnown: false, columns: undefined };
    this.#byText.set(text, made);
    for (const [oldest, { name }] of this.#byText) {
      if (this.#byText.size <= MOST) break;
      this.#byText.delete(oldest);
      this.#closing.push(name);
    }
    return made;
  }

  /** Gives some of them up. */
  drop(prepared: readonly Prepared[]): void {
    for (const [text, entry] of this.#byText) {
      if (!prepared.includes(entry)) continue;
      this.#byText.delete(text);
      this.#closing.push(entry.name);
    }
  }

  /** Gives all names up. */
  forget(): void {
    for (const { name } of this.#byText.values()) this.#closing.push(name);
    this.#byText.clear();
    this.#prefix = newPrefix();
  }

  /** Names that the server still keeps and that are not used any more; each is handed out once. */
  takeClosing(): readonly string[] {
    const names = this.#closing;
    if (names.length > 0) this.#closing = [];
    return names;
  }
}

const byClient = new WeakMap<object, PreparedNames>();

/** The names on a client's connection. */
export function preparedNames(client: object): PreparedNames {
  let names = byClient.get(client);
  if (names === undefined) {
    names = new PreparedNames();
    byClient.set(client, names);
  }
  return names;
}

function newPrefix(): string {
  return `aibos_${randomBytes(12).toString('hex')}`;
}
