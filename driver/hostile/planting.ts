import type { ClientBase } from 'pg';
import format from 'pg-format';
import { sowings } from './books.ts';
import { type Canary, newCanary } from './canary.ts';
import { enterTenant } from './context.ts';
import { fillTable } from './filler.ts';
import type { ContextSigner } from './signer.ts';
import { readTables, type TableFacts } from './tables.ts';

const fabricSchemas = new Set(['aibos', 'kernel', 'config', 'finance']);

/** The tenants of a run and what could not be made for them. */
export interface Planting {
  readonly own: Canary;
  readonly other: Canary;
  readonly suspended: Canary | undefined;
  /** One sentence for each thing that could not be planted. */
  readonly gaps: readonly string[];
  /** Takes back what can be taken back and closes the tenants; one sentence for each thing that remains. */
  remove(): Promise<readonly string[]>;
}

/** How to plant. */
export interface PlantingOptions {
  readonly signer?: ContextSigner | undefined;
  /** Whether what only the fabric itself writes is written too; for throwaway databases and a superuser. */
  readonly everywhere?: boolean;
}

/**
 * Makes three throwaway tenants: the attacker's own, the other one with a row in every table it can, and a suspended one.
 * The client is an administrator: a superuser, or a login of `aibos_admin` that may write the user's own tables.
 */
export async function plant(
  admin: ClientBase,
  { signer, everywhere = false }: PlantingOptions = {},
): Promise<Planting> {
  const gaps: string[] = [];
  const filled: TableFacts[] = [];
  const act = async (canary: Canary, work: () => Promise<unknown>, userId = canary.userId) => {
    await admin.query('begin');
    try {
      const context = { tenantId: canary.tenantId, userId, reason: canary.marker };
      await enterTenant(admin, context, signer);
      await work();
      await admin.query('commit');
    } catch (error) {
      await admin.query('rollback');
      throw error;
    }
  };
  const [own, other, suspended] = [
    newCanary('own'),
    newCanary('other'),
    newCanary('suspended'),
  ] as const;
  const schemas = await presentSchemas(admin);
  for (const canary of [own, other, suspended]) {
    await act(canary, () => admin.query(registration(canary, 'active', schemas)));
  }
  await act(suspended, () => admin.query(registration(suspended, 'suspended', schemas)));

  const attempt = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      gaps.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  for (const canary of [own, other]) {
    for (const { what, schema, sql, userId, role } of sowings(canary)) {
      if (!schemas.has(schema) || (role !== undefined && !everywhere)) continue;
      const sow = async (): Promise<void> => {
        if (role !== undefined) await admin.query(`set local role ${role}`);
        for (const text of sql) await admin.query(text);
      };
      await attempt(`${what} of ${canary.marker}`, () => act(canary, sow, userId));
    }
  }
  const tables = (await readTables(admin)).filter(
    ({ kind, isPartition, schema }) =>
      /[rp]/.test(kind) && !isPartition && (everywhere || !fabricSchemas.has(schema)),
  );
  for (const canary of [own, other]) {
    // A table may need a row of one that comes later, so what failed is tried again.
    let left = [...tables];
    for (let pass = 0; pass < 3 && left.length > 0; pass++) {
      const failed: TableFacts[] = [];
      for (const table of left) {
        const fill = async (): Promise<void> => {
          if (await hasRow(admin, table, canary)) return;
          await fillTable(admin, table, canary);
          if (!fabricSchemas.has(table.schema)) filled.push(table);
        };
        const before = gaps.length;
        if (await attempt(`${table.name} of ${canary.marker}`, () => act(canary, fill))) continue;
        failed.push(table);
        if (pass < 2) gaps.length = before;
      }
      left = failed;
    }
  }

  // Statistics hold values of rows, so whether they can be read is tried on tables that have some.
  if (everywhere) await admin.query('analyze');

  const remove = async (): Promise<readonly string[]> => {
    const remains: string[] = [];
    const takeBack = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      const before = gaps.length;
      if (!(await attempt(what, work))) remains.push(...gaps.splice(before));
    };
    for (const canary of [own, other]) {
      for (const table of filled.toReversed()) {
        const text = format(
          'delete from %s where %I = %L',
          table.name,
          table.tenantColumn,
          canary.tenantId,
        );
        await takeBack(`rows of ${canary.marker} in ${table.name}`, () =>
          act(canary, () => admin.query(text)),
        );
      }
    }
    for (const canary of [own, other, suspended]) {
      await takeBack(`tenant ${canary.marker}`, () =>
        act(canary, () => admin.query(registration(canary, 'closed', schemas))),
      );
      remains.push(
        `tenant ${canary.marker} (${canary.tenantId}) stays as closed, with its books and its events, which are append-only`,
      );
    }
    return remains;
  };
  return { own, other, suspended, gaps, remove };
}

async function presentSchemas(admin: ClientBase): Promise<ReadonlySet<string>> {
  const { rows } = await admin.query<{ name: string }>(
    "select nspname as name from pg_namespace where nspname in ('kernel', 'finance')",
  );
  return new Set(rows.map(({ name }) => name));
}

function registration(canary: Canary, status: string, schemas: ReadonlySet<string>): string {
  return schemas.has('kernel')
    ? format(
        "insert into kernel.tenants (id, name, slug, region) values (%L, %L, %L, 'local') on conflict (id) do update set status = %L",
        canary.tenantId,
        canary.marker,
        canary.marker,
        status,
      )
    : format('select aibos.register_tenant(%L, %L, %L)', canary.tenantId, canary.marker, status);
}

async function hasRow(admin: ClientBase, table: TableFacts, canary: Canary): Promise<boolean> {
  const found = await admin.query(
    format(
      'select 1 from %s where %I = %L limit 1',
      table.name,
      table.tenantColumn,
      canary.tenantId,
    ),
  );
  return found.rowCount === 1;
}
