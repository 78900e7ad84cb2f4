import { createHash } from 'node:crypto';
import pg from 'pg';
import format from 'pg-format';
import { type Canary, contextOf } from './canary.ts';
import { carryToken, enterTenant, leaveTenant } from './context.ts';
import type { Forge, Step, Tenancy, Trial } from './model.ts';
import type { ContextSigner } from './signer.ts';
import { readColumns, type TableFacts } from './tables.ts';

/** What the server said to a trial. */
export interface Answer {
  /** Code of the error that ended it; undefined where every step was carried out. */
  readonly code: string | undefined;
  /** The error as people read it, or the tag of the last statement. */
  readonly happened: string;
  /** Everything said in the attacker's own name: rows, errors, notices. */
  readonly text: string;
  readonly rowCount: number;
  /** First value of the last row. */
  readonly value: string | null | undefined;
  /** Whether rows of the other tenant differed before the rollback. */
  readonly changed: boolean;
}

/** The attacker's connection and the two tenants. */
export interface Attacker {
  readonly config: pg.ClientConfig;
  readonly own: Canary;
  readonly other: Canary;
  readonly suspended: Canary | undefined;
  readonly signer: ContextSigner | undefined;
  /** Tables that are compared before the rollback. */
  readonly watched: readonly TableFacts[];
}

/** Values as the server wrote them, so that nothing is lost to a parser. */
const asText = { getTypeParser: () => (value: string) => value };

/** A connection of the login under test that tries one thing after another and undoes each. */
export class AttackSession {
  readonly #attacker: Attacker;
  #client: pg.Client | undefined;
  #notices: string[] = [];
  #digest: string | undefined;

  constructor(attacker: Attacker) {
    this.#attacker = attacker;
  }

  /** The connection, opened where it is not. */
  async client(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = new pg.Client({ ...this.#attacker.config, types: asText });
    client.on('error', () => undefined);
    client.on('end', () => {
      this.#client = undefined;
    });
    client.on('notice', (notice) => this.#notices.push(notice.message ?? ''));
    await client.connect();
    this.#client = client;
    return client;
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#client?.end();
  }

  /** Sends the steps in one transaction and rolls it back; never throws what the server refused. */
  async attempt(trial: Trial, steps: readonly Step[] = trial.steps): Promise<Answer> {
    const client = await this.client();
    this.#notices = [];
    const said: string[] = [];
    let last: pg.QueryResult | undefined;
    let failure: unknown;
    let changed = false;
    try {
      await client.query(`begin${trial.readOnly === true ? ' read only' : ''}`);
      await client.query(
        "set local statement_timeout = '5s'; set local lock_timeout = '500ms'; set local idle_in_transaction_session_timeout = '30s'",
      );
      let tenant = trial.begin ?? 'own';
      await this.#enter(client, tenant);
      for (const step of steps) {
        if (typeof step === 'string') {
          last = await client.query(step);
        } else if ('token' in step) {
          await this.#carry(client, step.token);
          continue;
        } else {
          tenant = step.enter;
          await this.#enter(client, tenant);
          continue;
        }
        if (tenant !== 'other') said.push(JSON.stringify(last.rows));
      }
      if (trial.readOnly !== true) await client.query('set constraints all immediate');
      if (trial.watch === true) changed = await this.#hasChanged(client);
    } catch (error) {
      failure = error;
    }
    await this.#undo(client);
    const error = failure === undefined ? undefined : errorFacts(failure);
    const rows: readonly Record<string, string | null>[] = last?.rows ?? [];
    const [first] = Object.values(rows.at(-1) ?? {});
    return {
      code: error?.code,
      happened: error?.happened ?? tagOf(last),
      text: [...said, error?.text ?? '', ...this.#notices].join('\n'),
      rowCount: last?.rowCount ?? 0,
      value: first,
      changed,
    };
  }

  async #enter(client: pg.Client, tenant: Tenancy): Promise<void> {
    const { signer, [tenant === 'none' ? 'own' : tenant]: canary } = this.#attacker;
    if (tenant === 'none') await leaveTenant(client, signer);
    else if (canary !== undefined) await enterTenant(client, contextOf(canary), signer);
  }

  async #carry(client: pg.Client, make: Forge): Promise<void> {
    const mint = await this.#attacker.signer?.mint(client);
    if (mint !== undefined) await carryToken(client, make(mint));
  }

  async #undo(client: pg.Client): Promise<void> {
    try {
      await client.query('rollback');
      await client.query('deallocate all');
    } catch {
      // The connection is lost; the next attempt opens another.
      await client.end().catch(() => undefined);
      this.#client = undefined;
    }
  }

  /** Compares the other tenant's rows, as the login sees them in that tenant's name, with those at the first call of {@link remember}. */
  async #hasChanged(client: pg.Client): Promise<boolean> {
    if (this.#digest === undefined) return false;
    return (await this.#digestNow(client)) !== this.#digest;
  }

  /** Remembers the other tenant's rows as they are now, for the trials that watch. */
  async remember(): Promise<void> {
    const client = await this.client();
    await client.query('begin read only');
    try {
      this.#digest = await this.#digestNow(client);
    } finally {
      await client.query('rollback');
    }
  }

  async #digestNow(client: pg.Client): Promise<string> {
    await this.#enter(client, 'other');
    const parts = this.#attacker.watched.map((table) =>
      format(
        `select %L as name, md5(string_agg(row(%s)::text, ' ' order by row(%s)::text collate "C")) as digest from ${table.name} where %I::text = %L`,
        table.name,
        readColumns(table),
        readColumns(table),
        table.tenantColumn,
        this.#attacker.other.tenantId,
      ),
    );
    if (parts.length === 0) return '';
    const { rows } = await client.query(parts.join(' union all '));
    return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  }
}

function tagOf(result: pg.QueryResult | undefined): string {
  if (result === undefined) return 'nothing was sent';
  return result.rowCount === null ? result.command : `${result.command} ${result.rowCount}`;
}

function errorFacts(error: unknown): { code: string; happened: string; text: string } {
  if (!(error instanceof pg.DatabaseError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'connection', happened: message, text: message };
  }
  const { code = '', message, detail, hint, where } = error;
  return {
    code,
    happened: `${code} ${message}`,
    text: [message, detail ?? '', hint ?? '', where ?? ''].join('\n'),
  };
}
