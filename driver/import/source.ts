import { open } from 'node:fs/promises';
import { ImportError } from './errors.ts';

/**
 * Opens a file, or standard input for `-`, as a stream of bytes that closes itself.
 * @throws ImportError IB950 when it cannot be opened or is a directory; the stream throws the same when reading fails.
 */
export async function openSource(file: string): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return guarded(process.stdin, 'standard input');
  try {
    const handle = await open(file, 'r');
    if (!(await handle.stat()).isDirectory()) return guarded(handle.createReadStream(), file);
    await handle.close();
  } catch (error) {
    throw unreadable(file, error);
  }
  throw new ImportError('IB950', `${file} is a directory`, 'Give the path of a CSV file.');
}

async function* guarded(
  stream: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, cause: unknown): ImportError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = 'Check the path and that you may read it; - reads standard input.';
  return new ImportError('IB950', `${name} cannot be read: ${reason}`, hint, { cause });
}
