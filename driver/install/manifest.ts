import type { ClientBase } from 'pg';
import { FabricError } from '../errors.ts';
import type { Migration } from './source.ts';

/** A migration as the database remembers it. */
export interface AppliedMigration {
  readonly name: string;
  readonly sha256: string;
  readonly actor: string;
  readonly reason: string;
  readonly appliedAt: string;
}

/** A migration of the folder or of the database, and whether the two agree. */
export interface MigrationStatus {
  readonly name: string;
  readonly state: 'applied' | 'pending' | 'edited' | 'missing';
  readonly appliedAt?: string;
  readonly actor?: string;
  readonly reason?: string;
}

/** Migrations that the database has, in the order they were applied; none where the fabric is not installed. */
export async function readApplied(client: ClientBase): Promise<readonly AppliedMigration[]> {
  const { rows: found } = await client.query<{ present: boolean }>(
    "select to_regclass('aibos.migrations_manifest') is not null as present",
  );
  if (found[0]?.present !== true) return [];
  const { rows } = await client.query<AppliedMigration>(
    `select name, sha256, actor, reason, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "appliedAt"
     from aibos.migrations_manifest order by name`,
  );
  return rows;
}

/** Compares the folder with the database. */
export function compareManifest(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly MigrationStatus[] {
  const onDisk = new Map(migrations.map((migration) => [migration.name, migration]));
  const inDatabase = new Map(applied.map((row) => [row.name, row]));
  return [...new Set([...onDisk.keys(), ...inDatabase.keys()])].sort().map((name) => {
    const file = onDisk.get(name);
    const row = inDatabase.get(name);
    if (row === undefined) return { name, state: 'pending' };
    const { appliedAt, actor, reason } = row;
    const state =
      file === undefined ? 'missing' : file.sha256 === row.sha256 ? 'applied' : 'edited';
    return { name, state, appliedAt, actor, reason };
  });
}

/** Throws IB006 when a file was edited after it had been applied, IB930 when one is gone. */
export function assertUnedited(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): void {
  for (const { name, state } of compareManifest(migrations, applied)) {
    if (state === 'edited') {
      throw new FabricError('IB006', `migration ${name} was edited after it had been applied`, {
        detail: `migrations/${name}.up.sql no longer has the SHA-256 that aibos.migrations_manifest holds.`,
        hint: 'Restore the file as it was applied and put the change into a new migration.',
      });
    }
    if (state === 'missing') {
      throw new FabricError('IB930', `migration ${name} was applied, but its file is not here`, {
        detail: `migrations/${name}.up.sql is missing in this version.`,
        hint: 'Use the version of the package that was installed, or a newer one; check that the plane is the same.',
      });
    }
  }
}
