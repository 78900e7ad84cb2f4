import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { ImportConnection } from '../import/connection.ts';
import { errorFacts, ImportError } from '../import/errors.ts';
import type { Progress } from '../import/run.ts';
import { present } from '../import/texts.ts';
import { databaseUrl } from './connection.ts';
import { progressLine } from './progress.ts';
import { signingOptions } from './signing.ts';
import { coloured } from './terminal.ts';

/** The flags that say where an import goes and who acts. */
export interface WhereFlags {
  readonly tenant?: string;
  readonly user?: string;
  readonly url?: string;
}

/**
 * Where an import goes and in whose name. The audit log shows `what` and the beginning of the
 * file's name as its reason. @throws ImportError IB959; FabricError IB931.
 */
export function connectionOf(flags: WhereFlags, what: string, file: string): ImportConnection {
  const userId = present('--user (or AIBOS_USER_ID)', flags.user ?? process.env.AIBOS_USER_ID);
  return {
    url: databaseUrl(flags.url),
    tenant: present('--tenant', flags.tenant),
    userId,
    requestId: randomUUID(),
    reason: `${what} ${path.basename(file).slice(0, 200)}`,
    ...signingOptions(),
  };
}

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

/** A line on standard error that shows how far an import is; `verb` says what happens. */
export function importProgress(verb = 'booked') {
  const line = progressLine();
  return {
    show: (progress: Progress) =>
      line.show(
        () =>
          `line ${progress.line}: ${progress.read} read, ${progress.accepted} ${verb}, ${progress.replayed} before, ${progress.refused} refused`,
      ),
    clear: line.clear,
  };
}

/** A summary with what was refused in colour. */
export function inColour(text: string): string {
  return text.trimEnd().replace(/^(?:Refused|Stopped .*)$/gm, (line) => coloured('red', line));
}
