import { isUtf8 } from 'node:buffer';
import { ImportError } from './errors.ts';

/** Most bytes one record of the file may take: 1 MiB. */
export const MAX_RECORD_BYTES = 1_048_576;

/** Encodings an import reads. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'windows-1252' | 'iso-8859-1';

/** The encodings that `decodeText` reads. */
export const TEXT_ENCODINGS: readonly TextEncoding[] = [
  'utf-8',
  'utf-16le',
  'windows-1252',
  'iso-8859-1',
];

/**
 * Turns bytes into text and yields it piece by piece, whole lines for UTF-8.
 * What precedes a byte that the encoding does not have is yielded before the error.
 * @throws ImportError IB952 with the line of the offending byte or over-long line.
 */
export async function* decodeText(
  source: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
): AsyncGenerator<string> {
  if (encoding === 'utf-8') {
    yield* decodeUtf8(source);
    return;
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  try {
    for await (const chunk of source) {
      const text = decoder.decode(chunk, { stream: true });
      line += countNewlines(text);
      if (text !== '') yield text;
    }
    decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw notEncoded(encoding, line, error);
    throw error;
  }
}

async function* decodeUtf8(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held: Buffer = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of source) {
    const bytes = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    const end = Math.max(bytes.lastIndexOf(0x0a), bytes.lastIndexOf(0x0d)) + 1;
    held = bytes.subarray(end);
    if (held.length > MAX_RECORD_BYTES) {
      throw new ImportError(
        'IB952',
        `line ${line + countNewlines(bytes.subarray(0, end).toString('latin1'))} is longer than 1 MiB`,
        'Check that the file is CSV text with line ends.',
        { line: line + countNewlines(bytes.subarray(0, end).toString('latin1')) },
      );
    }
    if (end > 0) line += yield* validLines(bytes.subarray(0, end), line);
  }
  if (held.length > 0) yield* validLines(held, line);
}

function* validLines(bytes: Buffer, firstLine: number): Generator<string, number> {
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8');
    yield text;
    return countNewlines(text);
  }
  let start = 0;
  let line = firstLine;
  while (start < bytes.length) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end;
    line += 1;
  }
  if (start > 0) yield bytes.subarray(0, start).toString('utf8');
  throw notEncoded('utf-8', line);
}

function notEncoded(encoding: TextEncoding, line: number, cause?: unknown): ImportError {
  return new ImportError(
    'IB952',
    `line ${line} holds a byte that is not ${encoding}`,
    'Say which encoding the file has (--encoding), or convert it to UTF-8.',
    { line, cause },
  );
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
