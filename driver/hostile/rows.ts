import { randomBytes } from 'node:crypto';
import format from 'pg-format';
import type { Scene } from './scene.ts';
import { columnList, type TableFacts } from './tables.ts';
import type { JsonRow } from './watcher.ts';

/** A UUID version 7 of now, for ids that must be of the present. */
export function freshId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-a${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/**
 * An INSERT of a row given as JSON, over the columns that the login may fill (all of them where it may fill none) and those that
 * the attack is about.
 */
export function insertOf(table: TableFacts, row: JsonRow, about: readonly string[] = []): string {
  const open = table.columns.filter((column) => !column.automatic);
  const mine = open.filter(({ insertable, name }) => insertable || about.includes(name));
  const columns = open.some(({ insertable }) => insertable) ? mine : open;
  const values = columns.map(({ name }) => format('r.%I', name)).join(', ');
  return `insert into ${table.name} (${columnList(columns)}) select ${values} from jsonb_populate_record(null::${table.name}, ${format('%L', JSON.stringify(row))}::jsonb) r`;
}

/** A row of the same tenant with new values where a key asks for them. */
export function freshRow(
  table: TableFacts,
  sample: JsonRow,
  keep: readonly string[] = [],
): JsonRow {
  const row: Record<string, unknown> = { ...sample };
  const inKeys = new Set(table.uniqueKeys.flat());
  const referring = new Set(table.foreignKeys.flatMap(({ columns }) => columns));
  for (const { name, type, category } of table.columns) {
    if (!inKeys.has(name) || keep.includes(name) || referring.has(name)) continue;
    if (name === table.tenantColumn) continue;
    if (type === 'uuid') row[name] = freshId();
    else if (category === 'S') row[name] = `hostile ${freshId()}`;
    else if (category === 'N') row[name] = 32_000 + Math.floor(Math.random() * 700);
  }
  return row;
}

/** A row of the other tenant, or one that has nothing but the tenant. */
export function foreignRow(scene: Scene, table: TableFacts): JsonRow {
  const sample = scene.otherHoldings.get(table.name)?.sample;
  return sample ?? { [table.tenantColumn ?? 'tenant_id']: scene.other.tenantId };
}

/** A column to write to: one the login may update and no key rests on, else any. */
export function updatable(table: TableFacts): string {
  const isKey = (name: string): boolean =>
    name === table.tenantColumn || table.uniqueKeys.some((key) => key.includes(name));
  const open = table.columns.filter((column) => !column.automatic);
  const choices = [
    open.find((column) => column.updatable && !isKey(column.name)),
    open.find((column) => column.updatable),
    open.find((column) => !isKey(column.name)),
    table.columns[0],
  ];
  return format('%I', choices.find((column) => column !== undefined)?.name ?? 'tenant_id');
}

/** A condition that finds a row by its primary key without naming the tenant; undefined where the key is nothing else. */
export function byKey(table: TableFacts, row: JsonRow): string | undefined {
  const key = table.primaryKey.filter((name) => name !== table.tenantColumn);
  if (key.length === 0 || key.some((name) => row[name] === undefined)) return undefined;
  return key.map((name) => format('%I::text = %L', name, String(row[name]))).join(' and ');
}
