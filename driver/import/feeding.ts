import { ImportError } from './errors.ts';
import { EntryGrouper } from './grouping.ts';
import type { Layout } from './layout.ts';
import type { Row } from './rows.ts';
import type { Booker, ImportRun, Progress } from './run.ts';

/** Reads up to the header line; `rest` holds the rows that came with it. @throws ImportError IB951 when there is none. */
export async function readHeader(rows: AsyncGenerator<readonly Row[]>) {
  for (let piece = await rows.next(); piece.done !== true; piece = await rows.next()) {
    const [header, ...rest] = piece.value;
    if (header !== undefined) return { header, rest };
  }
  throw new ImportError('IB951', 'the file is empty', 'Give a file with a header line.', {
    line: 1,
  });
}

/** Takes in all rows, entry by entry, and books each full batch before it reads on. */
export async function takeRows(
  first: readonly Row[],
  rows: AsyncGenerator<readonly Row[]>,
  layout: Layout,
  run: ImportRun,
  book: Booker,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const grouper = new EntryGrouper();
  const flush = async () => {
    await run.flush(book);
    onProgress?.(run.progress);
  };
  for (let piece: readonly Row[] | null = first; piece !== null; piece = await next()) {
    for (const row of piece) {
      const raw = grouper.push(layout.posting(row));
      if (raw !== null) run.take(raw);
      if (run.isFull) await flush();
      if (run.isStopped) return;
    }
  }
  if (!run.isStopped) {
    const last = grouper.close();
    if (last !== null) run.take(last);
  }
  await flush();

  async function next(): Promise<readonly Row[] | null> {
    try {
      const piece = await rows.next();
      return piece.done === true ? null : piece.value;
    } catch (error) {
      run.breakOff(error, grouper.close());
      return null;
    }
  }
}
