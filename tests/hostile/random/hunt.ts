import pg from 'pg';
import type { Traces } from '../../../driver/hostile/canary.ts';
import { enterTenant } from '../../../driver/hostile/context.ts';
import type { ContextSigner } from '../../../driver/hostile/signer.ts';
import type { TenantContext } from '../../../driver/index.ts';
import type { Dice } from './dice.ts';
import { isSpoof } from './spoofs.ts';
import type { Statement } from './statements.ts';

/** Something of the other tenant that came through. */
export interface Find {
  /** Its place in the run, from 0. */
  readonly number: number;
  readonly kind: string;
  readonly sql: string;
  readonly what: string;
}

/** What a hunt saw. */
export interface Bag {
  statements: number;
  /** Statements that ran to their end. */
  succeeded: number;
  /** Those that returned or changed a row. */
  withRows: number;
  committed: number;
  /** Statements that put a tenant, a user or a token into the context themselves. */
  lies: number;
  readonly finds: Find[];
  /** How often each error came. */
  readonly errors: Map<string, number>;
  readonly kinds: Map<string, { tried: number; succeeded: number }>;
  /** Roots of errors that say the generator wrote what is no SQL, the first few. */
  readonly nonsense: string[];
}

/** Where to hunt and what for. */
export interface Hunt {
  readonly config: pg.ClientConfig;
  readonly context: TenantContext;
  readonly traces: Traces;
  readonly signer?: ContextSigner | undefined;
  readonly dice: Dice;
  /** The next statement, or undefined at the end; told what was found so far. */
  readonly next: (finds: number) => Statement | undefined;
}

const asText = { getTypeParser: () => (value: string) => value };
const perTransaction = 20;

/**
 * Runs statements in transactions of one tenant, each in a savepoint, and looks for traces of the other tenant in every row, error
 * and notice. Most transactions are committed, so that what was written counts.
 */
export async function hunt({ config, context, traces, signer, dice, next }: Hunt): Promise<Bag> {
  const bag: Bag = {
    ...{ statements: 0, succeeded: 0, withRows: 0, committed: 0, lies: 0, finds: [], nonsense: [] },
    ...{ errors: new Map(), kinds: new Map() },
  };
  const client = new pg.Client({ ...config, types: asText });
  client.on('error', () => undefined);
  const notices: string[] = [];
  client.on('notice', ({ message }) => notices.push(message ?? ''));
  await client.connect();
  try {
    for (let current = next(0); current !== undefined; ) {
      await client.query(
        "begin; set local statement_timeout = '3s'; set local lock_timeout = '1s'",
      );
      await enterTenant(client, context, signer);
      for (let i = 0; i < perTransaction && current !== undefined; i++) {
        await shoot(client, current, bag, traces, notices);
        // What it wrote stays; what it said about who it is does not.
        if (current.steps.some(isSpoof)) {
          bag.lies += 1;
          await enterTenant(client, context, signer);
        }
        current = next(bag.finds.length);
      }
      const isKept = dice.chance(0.7);
      const ended = await client
        .query(isKept ? 'commit' : 'rollback')
        .catch((error: unknown) => keep(bag, error, 'commit', 'commit', traces));
      if (ended instanceof pg.Result && ended.command === 'COMMIT') bag.committed += 1;
    }
  } finally {
    await client.end();
  }
  return bag;
}

async function shoot(
  client: pg.Client,
  { kind, steps, undo, most }: Statement,
  bag: Bag,
  traces: Traces,
  notices: string[],
): Promise<void> {
  const number = bag.statements++;
  const sql = steps.join(';\n');
  const tally = bag.kinds.get(kind) ?? { tried: 0, succeeded: 0 };
  bag.kinds.set(kind, tally);
  tally.tried += 1;
  const find = (what: string): void => {
    bag.finds.push({ number, kind, sql, what });
  };
  notices.length = 0;
  await client.query('savepoint shot');
  let hasFailed = false;
  try {
    const bound = most === undefined ? undefined : (await client.query(most)).rows[0]?.most;
    let last: pg.QueryResult = await client.query(steps[0] ?? 'select');
    const answers = [last];
    for (const step of steps.slice(1)) {
      last = await client.query(step);
      answers.push(last);
    }
    for (const { rows } of answers) {
      const trace = traces.find(JSON.stringify(rows), sql);
      if (trace !== undefined) find(`a row shows ${trace}`);
    }
    const touched = kind === 'count' ? Number(last.rows[0]?.count ?? 0) : (last.rowCount ?? 0);
    if (bound !== undefined && touched > Number(bound))
      find(`${touched} rows, of ${bound} there are`);
    bag.succeeded += 1;
    tally.succeeded += 1;
    if (answers.some(({ rowCount }) => (rowCount ?? 0) > 0)) bag.withRows += 1;
  } catch (error) {
    hasFailed = true;
    const what = keep(bag, error, sql, kind, traces);
    if (what !== undefined) find(what);
  }
  const said = traces.find(notices.join('\n'), sql);
  if (said !== undefined) find(`a notice shows ${said}`);
  if (hasFailed || undo === true) await client.query('rollback to savepoint shot');
  await client.query('release savepoint shot');
  if (/\bprepare\b/.test(sql)) await client.query('deallocate all');
}

/** Counts an error; returns what it shows of the other tenant. Throws whatever is no answer of the server. */
function keep(
  bag: Bag,
  error: unknown,
  sql: string,
  kind: string,
  traces: Traces,
): string | undefined {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const { code = '', message, detail = '', hint = '', where = '' } = error;
  bag.errors.set(code, (bag.errors.get(code) ?? 0) + 1);
  if (/^42/.test(code) && code !== '42501' && bag.nonsense.length < 20) {
    bag.nonsense.push(`${kind}: ${code} ${message}\n${sql}`);
  }
  const trace = traces.find([message, detail, hint, where].join('\n'), sql);
  return trace === undefined ? undefined : `error ${code} shows ${trace}: ${message}`;
}
