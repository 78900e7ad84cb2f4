import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import format from 'pg-format';
import { codeOf, messageOf, ServerError } from './errors.ts';
import type { CreateDatabaseOptions } from './server.ts';

/** The beginning of the name of every throwaway database. */
export const throwawayPrefix = 'aibos_tmp_';

const busyLimitMs = 30_000;

/** Runs `work` with a connection of its own, which is closed afterwards. */
export async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config });
  // A server that ends takes its connections along; the query under way reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The throwaway databases that one `Server` made. */
export class ThrowawayDatabases {
  readonly #maintenance: () => pg.ClientConfig;
  readonly #names = new Set<string>();

  constructor(maintenance: () => pg.ClientConfig) {
    this.#maintenance = maintenance;
  }

  /** Makes one, waiting while another session uses the template; error IB976. */
  async create(options: CreateDatabaseOptions = {}): Promise<string> {
    const name = `${throwawayPrefix}${randomBytes(8).toString('hex')}`;
    const owner = options.owner === undefined ? '' : format(' owner %I', options.owner);
    const statement = `${format('create database %I template %I', name, options.template ?? 'template0')}${owner}`;
    try {
      await this.#whenFree(statement);
    } catch (reason) {
      throw new ServerError('IB976', {
        message: `no throwaway database could be made: ${messageOf(reason)}`,
        detail: statement,
        hint: 'See that the template and the owner exist and that the disk is not full.',
        cause: reason,
      });
    }
    this.#names.add(name);
    return name;
  }

  async #whenFree(statement: string): Promise<void> {
    await withClient(this.#maintenance(), async (client) => {
      for (let waited = 0; ; waited += 50) {
        try {
          await client.query(statement);
          return;
        } catch (reason) {
          // object_in_use: someone is connected to the template.
          if (codeOf(reason) !== '55006' || waited >= busyLimitMs) throw reason;
          await delay(50);
        }
      }
    });
  }

  /** Drops one that was made here, ending its sessions; errors IB972, IB976. */
  async drop(name: string): Promise<void> {
    if (!this.#names.has(name)) {
      throw new ServerError('IB972', {
        message: `database "${name}" is not a throwaway database of this server`,
        hint: 'Drop only what createDatabase returned.',
      });
    }
    await this.#drop([name]);
  }

  /** Drops all that are left; error IB976. */
  async dropAll(): Promise<void> {
    if (this.#names.size > 0) await this.#drop([...this.#names]);
  }

  async #drop(names: readonly string[]): Promise<void> {
    try {
      await withClient(this.#maintenance(), async (client) => {
        for (const name of names) {
          await client.query(format('drop database if exists %I with (force)', name));
          this.#names.delete(name);
        }
      });
    } catch (reason) {
      throw new ServerError('IB976', {
        message: `a throwaway database could not be dropped: ${messageOf(reason)}`,
        detail: names.filter((name) => this.#names.has(name)).join(', '),
        hint: 'Drop the databases named above by hand.',
        cause: reason,
      });
    }
  }
}
