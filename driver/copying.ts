import { flag } from './clauses.ts';
import type { CheckedContext } from './context.ts';
import { badOption, readOptions } from './options.ts';
import { Literals } from './parameters.ts';
import { type Reading, SELECT_OPTIONS, selectText } from './reading.ts';
import type { Table } from './tables.ts';

/**
 * `copy (select …) to stdout with (…)`. COPY takes no parameters, so values stand in the text: checked and encoded as ever,
 * then quoted and cast. The form with a select is the one to which row policies apply on every kind of table.
 * @throws FabricError IB912 to IB915, IB923.
 */
export function copyText(
  context: CheckedContext,
  table: Table,
  { columns, where, options }: Reading,
): string {
  const {
    format = 'csv',
    header,
    ...rest
  } = readOptions(options, [...SELECT_OPTIONS, 'format', 'header']);
  if (format !== 'csv' && format !== 'text') throw badOption('format', "'csv' or 'text'");
  const select = selectText(
    context,
    table,
    { columns, where, options: { ...rest } },
    new Literals(),
  );
  return `copy (${select}) to stdout with (format ${format}, header ${flag('header', header)}, encoding 'UTF8')`;
}
