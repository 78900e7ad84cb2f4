import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import format from 'pg-format';
import { type Canary, contextOf, uuidsIn } from './canary.ts';
import { enterTenant } from './context.ts';
import type { ContextSigner } from './signer.ts';
import { readTables, type TableFacts } from './tables.ts';

/** A row as JSON has it. */
export type JsonRow = Readonly<Record<string, unknown>>;

/** What a tenant has in one table. */
export interface Holding {
  readonly rows: number;
  /** One of its rows. */
  readonly sample: JsonRow | undefined;
  /** Those that were looked at, 200 at most. */
  readonly all: readonly JsonRow[];
  /** Where some of its rows lie: ctids. */
  readonly places: readonly string[];
}

/** Rows of a tenant that are looked at for samples and identifiers. */
const mostRows = 200;

/** Looks at a tenant's rows from the tenant's own side, before and after. */
export class Watcher {
  readonly #client: ClientBase;
  readonly #signer: ContextSigner | undefined;

  constructor(client: ClientBase, signer?: ContextSigner) {
    this.#client = client;
    this.#signer = signer;
  }

  /** Every table and view as the watcher sees it. */
  tables(): Promise<readonly TableFacts[]> {
    return readTables(this.#client);
  }

  /** The names of keys that were live once, as far as the watcher may know. */
  async retiredKeyIds(): Promise<readonly string[]> {
    try {
      const { rows } = await this.#client.query<{ id: string }>(
        'select key_id as id from aibos.context_key_states() where not is_live',
      );
      return rows.map(({ id }) => id);
    } catch {
      return [];
    }
  }

  /** What a tenant has in each of the tables that the watcher may read, and every UUID that is in those rows. */
  async survey(
    canary: Canary,
    tables: readonly TableFacts[],
  ): Promise<{ holdings: ReadonlyMap<string, Holding>; uuids: ReadonlySet<string> }> {
    const holdings = new Map<string, Holding>();
    const uuids = new Set<string>();
    await this.#inside(canary, tables, async (table) => {
      const where = format('t.%I::text = %L', table.tenantColumn, canary.tenantId);
      const { rows } = await this.#client.query<{ row: JsonRow; text: string; place: string }>(
        `select to_jsonb(t) as row, to_jsonb(t)::text as text, t.ctid::text as place from ${table.name} t where ${where} limit ${mostRows}`,
      );
      for (const { text } of rows) for (const uuid of uuidsIn(text)) uuids.add(uuid);
      const places = rows.slice(0, 20).map(({ place }) => place);
      const all = rows.map(({ row }) => row);
      holdings.set(table.name, { rows: rows.length, sample: all[0], all, places });
    });
    return { holdings, uuids };
  }

  /** SHA-256 over every row of a tenant in the tables, and how many rows that is. */
  async digest(
    canary: Canary,
    tables: readonly TableFacts[],
  ): Promise<{ readonly sha256: string; readonly rows: number }> {
    const hash = createHash('sha256');
    let count = 0;
    await this.#inside(canary, tables, async (table) => {
      const { rows } = await this.#client.query<{ rows: string; digest: string | null }>(
        format(
          `select count(*) as rows, md5(string_agg(t::text, e'\\n' order by t::text collate "C")) as digest from ${table.name} t where t.%I::text = %L`,
          table.tenantColumn,
          canary.tenantId,
        ),
      );
      hash.update(`${table.name} ${rows[0]?.digest ?? ''}\n`);
      count += Number(rows[0]?.rows ?? 0);
    });
    return { sha256: hash.digest('hex'), rows: count };
  }

  async #inside(
    canary: Canary,
    tables: readonly TableFacts[],
    look: (table: TableFacts) => Promise<void>,
  ): Promise<void> {
    await this.#client.query('begin read only');
    try {
      await enterTenant(this.#client, contextOf(canary), this.#signer);
      for (const table of tables) {
        if (table.tenantColumn === null || table.isPartition || !/[rp]/.test(table.kind)) continue;
        await this.#client.query('savepoint look');
        try {
          await look(table);
        } catch {
          // What the watcher may not read is not known; the trials that need it say so.
          await this.#client.query('rollback to savepoint look');
        }
      }
    } finally {
      await this.#client.query('rollback');
    }
  }
}
