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

/** What rows are fed to. */
export interface Feed {
  /** Takes in one row. */
  take(row: Row): void;
  /** Takes in what is left once there are no more rows. */
  finish?(): void;
  /** Ends at a line after which rows cannot be told apart. */
  breakOff(error: unknown): void;
  /** Brings the batch in hand in. */
  flush(): Promise<void>;
}

/** Feeds all rows, and flushes each full batch before it reads on. */
export async function feedRows(
  first: readonly Row[],
  rows: AsyncGenerator<readonly Row[]>,
  run: { readonly isFull: boolean; readonly isStopped: boolean },
  feed: Feed,
): Promise<void> {
  for (let piece: readonly Row[] | null = first; piece !== null; piece = await next()) {
    for (const row of piece) {
      feed.take(row);
      if (run.isFull) await feed.flush();
      if (run.isStopped) return;
    }
  }
  if (!run.isStopped) feed.finish?.();
  await feed.flush();

  async function next(): Promise<readonly Row[] | null> {
    try {
      const piece = await rows.next();
      return piece.done === true ? null : piece.value;
    } catch (error) {
      feed.breakOff(error);
      return null;
    }
  }
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
  await feedRows(first, rows, run, {
    take(row) {
      const raw = grouper.push(layout.posting(row));
      if (raw !== null) run.take(raw);
    },
    finish() {
      const last = grouper.close();
      if (last !== null) run.take(last);
    },
    breakOff: (error) => run.breakOff(error, grouper.close()),
    async flush() {
      await run.flush(book);
      onProgress?.(run.progress);
    },
  });
}
