import { open } from 'node:fs/promises';
import path from 'node:path';
import { errorFacts, ImportError } from '../import/errors.ts';
import type { Progress } from '../import/run.ts';
import { coloured } from './terminal.ts';

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

/** Makes sure that a report can be written before anything is imported. @throws ImportError IB959. */
export async function checkReportFile(file: string, report: string | undefined): Promise<void> {
  if (report === undefined) return;
  if (path.resolve(report) === path.resolve(file)) {
    throw new ImportError(
      'IB959',
      '--report names the file that is imported',
      'Name another file.',
    );
  }
  try {
    await (await open(report, 'a')).close();
  } catch (cause) {
    const { message } = errorFacts(cause);
    const hint = 'Name a file that can be written.';
    throw new ImportError('IB959', `--report cannot be written: ${message}`, hint, { cause });
  }
}

/** A line on standard error that shows how far an import is, where that is a terminal; `verb` says what happens. */
export function progressLine(verb = 'booked') {
  const out = process.stderr;
  const isShown = out.isTTY === true && process.env.TERM !== 'dumb';
  let last = 0;
  return {
    show: ({ line, read, accepted, replayed, refused }: Progress) => {
      if (!isShown || Date.now() - last < 100) return;
      last = Date.now();
      const text = `line ${line}: ${read} read, ${accepted} ${verb}, ${replayed} before, ${refused} refused`;
      out.write(`\r\u001b[K${text.slice(0, Math.max(20, (out.columns || 80) - 1))}`);
    },
    clear: () => {
      if (isShown && last > 0) out.write('\r\u001b[K');
      last = 0;
    },
  };
}

/** A summary with what was refused in colour. */
export function inColour(text: string): string {
  return text.trimEnd().replace(/^(?:Refused|Stopped .*)$/gm, (line) => coloured('red', line));
}
