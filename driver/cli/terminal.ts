import { styleText } from 'node:util';

/** Exit codes of every command: all fine, something was found, could not run. */
export const exitCodes = { fine: 0, findings: 1, couldNotRun: 2 } as const;

type Style = Parameters<typeof styleText>[0];

/** Text in a colour where standard output is a terminal and NO_COLOR is unset, else as it is. */
export function coloured(style: Style, text: string): string {
  const isPlain = process.stdout.isTTY !== true || (process.env.NO_COLOR ?? '') !== '';
  return isPlain ? text : styleText(style, text);
}

const colourOf: Readonly<Record<string, Style>> = {
  PASS: 'green',
  WARN: 'yellow',
  FAIL: 'red',
  HELD: 'green',
  BROKEN: 'red',
  DEGRADED: 'yellow',
  'COULD NOT TRY': 'yellow',
};

/** A status word in its colour. */
export function status(word: string): string {
  return coloured(colourOf[word] ?? 'reset', word);
}

/** Rows as columns of equal width with a heading; numbers to the right, the status column coloured. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const texts = rows.map((row) => row.map(String));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...texts.map((row) => row[i]?.length ?? 0)),
  );
  const isNumeric = columns.map(
    (_, i) => texts.length > 0 && texts.every((row) => /^\d+$/.test(row[i] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const padded =
          isNumeric[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
        return colourOf[cell] === undefined ? padded : padded.replace(cell, status(cell));
      })
      .join('  ')
      .trimEnd();
  return [
    line(columns),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...texts.map((row) => line(row)),
  ].join('\n');
}

/** Prints a line to standard output. */
export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a value as JSON to standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Tells on standard error what went wrong: code, message, detail and next step, whoever raised it. */
export function reportError(command: string, error: unknown, asJson: boolean): void {
  const facts = factsOf(error);
  if (asJson) printJson({ error: facts });
  const lines = [
    `aibos ${command}: ${[facts.code, facts.message].filter((part) => part !== null).join(' ')}`,
    facts.detail === null ? null : `  ${facts.detail}`,
    facts.hint === null ? null : `  Next: ${facts.hint}`,
  ];
  process.stderr.write(`${lines.filter((line) => line !== null).join('\n')}\n`);
}

function factsOf(error: unknown) {
  const text = (key: string): string | null => {
    const value: unknown = error instanceof Error ? Reflect.get(error, key) : undefined;
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return {
    code: text('code'),
    message: text('message') ?? (inner instanceof Error ? inner.message : String(error)),
    detail: text('detail'),
    hint: text('hint'),
  };
}

/** Runs a command's work: its exit code becomes the process's, an error is told and becomes 2. */
export async function run(
  command: string,
  asJson: boolean | undefined,
  work: () => Promise<number>,
): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    reportError(command, error, asJson === true);
    process.exitCode = exitCodes.couldNotRun;
  }
}
