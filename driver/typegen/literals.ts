/** A text as a string literal of TypeScript that holds exactly that text. */
export function stringLiteral(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\.|['\u2028\u2029]/g, (part) => {
      if (part === '\\"') return '"';
      if (part === "'") return "\\'";
      return part.startsWith('\\') ? part : unicodeEscape(part);
    });
  return `'${escaped}'`;
}

/** A list of texts as a literal. */
export function listLiteral(texts: readonly string[]): string {
  return `[${texts.map(stringLiteral).join(', ')}]`;
}

/** A text as the lines of a documentation comment, which nothing in it can end; none for null. */
export function docLines(text: string | null, indent: string): readonly string[] {
  if (text === null) return [];
  const lines = text
    .replaceAll('*/', '*\\/')
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.replace(UNSEEN, unicodeEscape).trimEnd());
  const [only = ''] = lines;
  return lines.length === 1
    ? [`${indent}/** ${only} */`]
    : [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

/** Control characters, and those that turn the direction of text, which would show a reviewer something else. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
