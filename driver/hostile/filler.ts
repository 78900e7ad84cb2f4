import type { ClientBase } from 'pg';
import format from 'pg-format';
import { namedId } from '../demo/challenge.ts';
import type { Canary } from './canary.ts';
import type { TableFacts } from './tables.ts';

/**
 * Puts one row of a canary into a table nobody told the suite about: texts hold the marker, numbers the amount, keys lead to rows
 * of the same tenant. The client must be in a transaction of the tenant; whatever the server refuses is thrown.
 */
export async function fillTable(
  client: ClientBase,
  table: TableFacts,
  canary: Canary,
): Promise<void> {
  const values = new Map<string, string>();
  for (const column of table.columns) {
    const isKey = table.uniqueKeys.some((key) => key.includes(column.name));
    if (column.automatic || column.name === table.tenantColumn) continue;
    if (column.required || isKey || column.category === 'S') {
      values.set(column.name, await literalFor(client, table, column, canary));
    }
  }
  for (const key of table.foreignKeys) {
    const pairs = key.columns.map((name, i) => [name, key.referenced[i] ?? ''] as const);
    const own = pairs.filter(([name]) => name !== table.tenantColumn);
    if (!own.some(([name]) => values.has(name))) continue;
    const { rows } = await client.query<Record<string, unknown>>(
      `select ${own.map(([name, to]) => format('%I::text as %I', to, name)).join(', ')} from ${key.references} where ${tenantTest(pairs, table, canary)} limit 1`,
    );
    for (const [name] of own) {
      const value = rows[0]?.[name];
      values.set(name, typeof value === 'string' ? format('%L', value) : 'null');
    }
  }
  if (table.tenantColumn !== null) values.set(table.tenantColumn, format('%L', canary.tenantId));
  const names = [...values.keys()].map((name) => format('%I', name)).join(', ');
  await client.query(
    `insert into ${table.name} (${names}) values (${[...values.values()].join(', ')})`,
  );
}

/** The referenced table's rows of the same tenant: by the key's own tenant column, or by a column of that name. */
function tenantTest(
  pairs: readonly (readonly [string, string])[],
  table: TableFacts,
  canary: Canary,
): string {
  const column = pairs.find(([name]) => name === table.tenantColumn)?.[1] ?? 'tenant_id';
  return format('%I = %L', column, canary.tenantId);
}

async function literalFor(
  client: ClientBase,
  table: TableFacts,
  column: TableFacts['columns'][number],
  canary: Canary,
): Promise<string> {
  const { type } = column;
  const text = format('%L', canary.marker ?? 'canary');
  if (type === 'uuid')
    return format('%L', namedId(`${canary.tenantId} ${table.name} ${column.name}`));
  if (type === 'bytea') return `sha256(${text})`;
  if (/^json/.test(type)) return format('%L', JSON.stringify({ canary: canary.marker }));
  if (/^(smallint|integer)$/.test(type)) return '1';
  const byCategory: Readonly<Record<string, string>> = {
    ...{ S: text, N: String(canary.amount), B: 'true', D: 'now()', T: `interval '1 day'` },
    ...{ A: `'{}'`, R: `'empty'` },
  };
  if (column.category === 'E') {
    const { rows } = await client.query<{ label: string }>(
      `select enumlabel as label from pg_enum where enumtypid = ${format('%L', type)}::regtype order by enumsortorder limit 1`,
    );
    return format('%L', rows[0]?.label ?? '');
  }
  return byCategory[column.category] ?? 'null';
}
