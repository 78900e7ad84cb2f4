import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { ImportError } from '../import/errors.ts';
import { openSource } from '../import/source.ts';

/** What an archive begins with: its first file, or its end where it is empty. */
const MAGIC: readonly number[] = [0x504b0304, 0x504b0506];

/**
 * Opens a CSV file, or the one CSV file inside a zip archive, as a stream of bytes that closes itself. `-` is standard input, as CSV.
 * @throws ImportError IB950 for a file that cannot be read, IB965 for an archive; the stream throws the same.
 */
export async function openRateFile(file: string): Promise<AsyncIterable<Uint8Array>> {
  return (await isZip(file)) ? openArchive(file) : openSource(file);
}

async function isZip(file: string): Promise<boolean> {
  if (file === '-') return false;
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && MAGIC.includes(buffer.readUInt32BE());
    } finally {
      await handle.close();
    }
  } catch {
    // What is wrong with the file is told where it is opened to be read.
    return false;
  }
}

async function openArchive(file: string): Promise<AsyncIterable<Uint8Array>> {
  const { openPromise } = await yauzl();
  let archive: ZipFile | undefined;
  try {
    archive = await openPromise(file, { autoClose: false, lazyEntries: true });
    const entry = await onlyCsv(archive, file);
    await verify(archive, entry);
    const stream = await archive.openReadStreamPromise(entry);
    return closing(archive, stream, file);
  } catch (error) {
    archive?.close();
    throw refused(file, error);
  }
}

async function onlyCsv(archive: ZipFile, file: string): Promise<Entry> {
  const found: Entry[] = [];
  for await (const entry of archive.eachEntry()) {
    if (/\.csv$/i.test(entry.fileName)) found.push(entry);
  }
  const [entry] = found;
  if (entry !== undefined && found.length === 1 && entry.canDecodeFileData()) return entry;
  const what =
    found.length === 1
      ? 'holds its CSV file encrypted or packed in a way that is not read'
      : `holds ${found.length} CSV files, not one`;
  throw new ImportError('IB965', `${file} ${what}`, 'Unpack it and give the CSV file.');
}

/** Reads it all once, so that not one rate of a damaged archive is loaded. */
async function verify(archive: ZipFile, entry: Entry): Promise<void> {
  const chunks: AsyncIterable<Uint8Array> = await archive.openReadStreamPromise(entry);
  let sum = 0;
  for await (const chunk of chunks) sum = crc32(chunk, sum);
  if (sum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} does not fit`);
}

async function* closing(
  archive: ZipFile,
  stream: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw refused(file, error);
  } finally {
    archive.close();
  }
}

function refused(file: string, cause: unknown): ImportError {
  if (cause instanceof ImportError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = 'Fetch it again, or unpack it and give the CSV file.';
  return new ImportError('IB965', `${file} is a broken archive: ${reason}`, hint, { cause });
}

/** Loads the reader on first use: it is an optional peer, which only archives need. */
async function yauzl(): Promise<typeof import('yauzl')> {
  try {
    return (await import('yauzl')).default;
  } catch (cause) {
    const hint = 'Install it beside the fabric: npm install yauzl. Or unpack the archive.';
    throw new ImportError('IB959', 'the package yauzl is not installed', hint, { cause });
  }
}
