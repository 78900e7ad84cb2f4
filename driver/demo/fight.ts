import pg from 'pg';
import type { ContextKey } from '../context-key.ts';
import { enterTenant } from '../hostile/context.ts';
import { signerOf } from '../hostile/signer.ts';
import type { Attack, Attacker } from './attacks.ts';

/** What came back for an attack. */
export interface AttackOutcome {
  readonly attack: Attack;
  readonly held: boolean;
  /** SQLSTATE, 'no rows', or 'succeeded'. */
  readonly answer: string;
  readonly message: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
}

/** Where to attack from, and in whose name. */
export interface Battlefield {
  readonly connections: Readonly<Partial<Record<Attacker, pg.ClientConfig>>>;
  readonly tenantId: string;
  readonly userId: string;
  /** Signs the attacker's own context; without it the context is unsigned. */
  readonly contextKey?: ContextKey;
}

/**
 * Runs attacks, each in a transaction of a connection of its own, and tells what the server answered.
 *
 * An attack without a connection for its attacker is left out of the result.
 */
export async function fight(
  attacks: readonly Attack[],
  field: Battlefield,
  onOutcome?: (outcome: AttackOutcome) => void,
): Promise<readonly AttackOutcome[]> {
  const outcomes: AttackOutcome[] = [];
  for (const attack of attacks) {
    const config = field.connections[attack.attacker];
    if (config === undefined) continue;
    const outcome = await attempt(attack, config, field);
    outcomes.push(outcome);
    onOutcome?.(outcome);
  }
  return outcomes;
}

async function attempt(
  attack: Attack,
  config: pg.ClientConfig,
  field: Battlefield,
): Promise<AttackOutcome> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin');
    if (attack.withTenant !== false) {
      const { tenantId, userId } = field;
      const context = { tenantId, userId, reason: `attack ${attack.id}` };
      await enterTenant(client, context, signerOf(field));
    }
    let rows = 0;
    for (const sql of attack.sql) rows = (await client.query(sql)).rowCount ?? 0;
    await client.query('commit');
    const answer = rows === 0 && attack.expected === 'no rows' ? 'no rows' : 'succeeded';
    return {
      attack,
      held: answer === attack.expected,
      answer,
      message:
        answer === 'no rows' ? 'the statement found nothing' : 'the statement was carried out',
      detail: undefined,
      hint: undefined,
    };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return {
      attack,
      held: error.code === attack.expected,
      answer: error.code ?? '',
      message: error.message,
      detail: error.detail,
      hint: error.hint,
    };
  } finally {
    await client.end();
  }
}
