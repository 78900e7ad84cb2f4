import { FabricError } from './errors.ts';
import { isStorableText } from './text.ts';

/** Where the text may stand: anywhere, at the start, at the end, or be the whole value. */
export type LikeMatch = 'contains' | 'startsWith' | 'endsWith' | 'equals';

/** A pattern for `like` in which only `escapeLike` put wildcards; JSON from outside cannot forge one. */
export class LikePattern {
  readonly #pattern: string;

  /** Made by `escapeLike` only. */
  constructor(text: string, match: LikeMatch) {
    const escaped = text.replace(/[\\%_]/g, '\\$&');
    const before = match === 'contains' || match === 'endsWith' ? '%' : '';
    const after = match === 'contains' || match === 'startsWith' ? '%' : '';
    this.#pattern = before + escaped + after;
  }

  /** The pattern as SQL reads it, or undefined for anything that is not a LikePattern. */
  static read(value: unknown): string | undefined {
    return typeof value === 'object' && value !== null && #pattern in value
      ? value.#pattern
      : undefined;
  }
}

/**
 * Makes a `like` pattern of a text whose `%`, `_` and `\` stand for themselves.
 * @example where: { name: { like: escapeLike(query, 'startsWith') } }
 * @throws FabricError IB914 for anything but storable text.
 */
export function escapeLike(text: string, match: LikeMatch = 'contains'): LikePattern {
  if (typeof text !== 'string' || !isStorableText(text)) {
    throw new FabricError('IB914', 'the text of a like pattern was refused', {
      hint: 'Pass a string without NUL characters and unpaired surrogates.',
    });
  }
  if (!['contains', 'startsWith', 'endsWith', 'equals'].includes(match)) {
    throw new FabricError('IB914', 'the match of a like pattern was refused', {
      hint: "Pass 'contains', 'startsWith', 'endsWith' or 'equals'.",
    });
  }
  return new LikePattern(text, match);
}
