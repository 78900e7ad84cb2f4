import { FabricError } from './errors.ts';
import { isStorableText } from './text.ts';

/** Where a value goes, for the error message. */
export interface Destination {
  /** `schema.table.column`, or `parameter $1`. */
  readonly label: string;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  /** Type of the column by short name; undefined where the server decides. */
  readonly type?: string | undefined;
  /** Longest text, in UTF-16 units. */
  readonly maxLength: number;
}

/** @throws FabricError IB914 for text that PostgreSQL cannot store. */
export function checkText(value: string, to: Destination): void {
  if (!isStorableText(value)) {
    throw refused(
      to,
      'contains a NUL character or an unpaired surrogate',
      'Remove it; PostgreSQL cannot store it.',
    );
  }
}

/** The text itself. @throws FabricError IB914 beyond the longest length. */
export function limited(text: string, to: Destination): string {
  if (text.length <= to.maxLength) return text;
  throw refused(
    to,
    `is ${text.length} characters long, more than ${to.maxLength}`,
    'Shorten it, split the work into smaller calls, or raise maxValueLength.',
  );
}

/** The refusal of a value (IB914). */
export function refused(to: Destination, what: string, hint: string): FabricError {
  return new FabricError('IB914', `the value for ${to.label} ${what}`, {
    hint,
    schema: to.schema,
    table: to.table,
    column: to.column,
  });
}
