import type pg from 'pg';
import { CATALOG } from '../catalog.ts';
import { FabricError } from '../errors.ts';
import { shown } from '../tables.ts';
import { readRelations } from './relation.ts';
import { selectTables, type Warning } from './selection.ts';
import { moduleSource } from './source.ts';

/** What to generate types of. */
export interface TypesRequest {
  readonly schemas: readonly string[];
  /** The role that the application connects as, or is a member of: flags follow its rights. */
  readonly role: string;
}

/** The source of a module, what it lists, and what it does not. */
export interface GeneratedTypes {
  readonly source: string;
  readonly tables: readonly string[];
  readonly warnings: readonly Warning[];
}

/**
 * Writes the tables of schemas as a TypeScript module: the map for `new TenantDb(pool, { tables })` and the types of their rows.
 * The same database gives the same text. Reads the catalog alone.
 * @throws FabricError IB997 for an unknown schema or role, or where there is nothing to list.
 */
export async function generateTypes(
  client: pg.ClientBase,
  { schemas, role }: TypesRequest,
): Promise<GeneratedTypes> {
  await assertRole(client, role);
  await assertSchemas(client, schemas);
  const { tables, warnings } = selectTables(await readRelations(client, schemas, role), role);
  const unusable = await unusableSchemas(client, schemas, role);
  const all = [...unusable, ...warnings];
  if (tables.length === 0) {
    throw new FabricError('IB997', `there is nothing to list in ${schemas.map(shown).join(', ')}`, {
      detail: all.map(({ object, problem }) => `${object}: ${problem}`).join('\n') || undefined,
      hint: 'Name a schema with tables or views that the role may use: --schema, --role.',
    });
  }
  const [fabric, own] = [true, false].map((isFabric) =>
    tables.filter(({ name }) => Object.hasOwn(CATALOG, name) === isFabric),
  );
  const sections = [
    {
      name: 'tables',
      doc: 'Tables for `new TenantDb(pool, { tables })`.',
      tables: own ?? [],
    },
    {
      name: 'fabricTables',
      doc: 'Tables of the fabric, for query builders: a TenantDb has them already and takes them no second time.',
      tables: fabric ?? [],
    },
  ].filter((section) => section.tables.length > 0);
  return {
    source: moduleSource(sections),
    tables: tables.map((table) => table.name),
    warnings: all,
  };
}

async function assertRole(client: pg.ClientBase, role: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rowCount === 1) return;
  throw new FabricError('IB997', `there is no role ${shown(role)}`, {
    hint: 'Pass the role that the application connects as: --role app_login.',
  });
}

async function assertSchemas(client: pg.ClientBase, schemas: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^(pg_|information_schema$)' order by 1`,
  );
  const known = rows.map((row) => row.name);
  const missing = schemas.filter((schema) => !known.includes(schema));
  if (missing.length === 0) return;
  throw new FabricError('IB997', `there is no schema ${missing.map(shown).join(', ')}`, {
    hint: `Schemas here: ${known.join(', ')}.`,
  });
}

async function unusableSchemas(
  client: pg.ClientBase,
  schemas: readonly string[],
  role: string,
): Promise<readonly Warning[]> {
  const { rows } = await client.query<{ name: string }>(
    `select s.name from unnest($1::text[]) s (name) where not has_schema_privilege($2, s.name, 'usage') order by 1`,
    [schemas, role],
  );
  return rows.map(({ name }) => ({
    object: `schema ${shown(name)}`,
    problem: `${role} may not use it: grant usage on schema ${name} to ${role}`,
  }));
}
