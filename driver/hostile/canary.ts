import { randomBytes } from 'node:crypto';
import type { TenantContext } from '../context.ts';
import { namedId } from '../demo/challenge.ts';

/** The other tenant's amounts lie from here on, in minor units; nothing else comes near. */
export const reservedAmounts = { from: 7_310_000_000n, before: 7_320_000_000n } as const;

/** A tenant of the suite: the attacker's own, or the one whose rows must stay out of sight. */
export interface Canary {
  readonly tenantId: string;
  readonly userId: string;
  /** Stands in every text of a planted tenant; undefined for a tenant that was given. */
  readonly marker: string | undefined;
  /** Minor units that a planted tenant's amounts begin with. */
  readonly amount: bigint;
}

/** The canary as a context of the driver. */
export function contextOf({ tenantId, userId }: Canary): TenantContext {
  return { tenantId, userId, reason: 'hostile suite' };
}

/** Names a tenant nobody has: an id, a user and a marker that is also its short name. */
export function newCanary(label: 'own' | 'other' | 'suspended'): Canary {
  const marker = `canary-${label}-${randomBytes(6).toString('hex')}`;
  return {
    tenantId: namedId(`${marker} tenant`),
    userId: namedId(`${marker} user`),
    marker,
    amount: label === 'own' ? 1_000n : reservedAmounts.from,
  };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const LONG_NUMBER = /\d{10,}/g;

/** Every UUID in a text, in lower case. */
export function uuidsIn(text: string): readonly string[] {
  return (text.match(UUID) ?? []).map((uuid) => uuid.toLowerCase());
}

/** What gives the other tenant's rows away wherever it turns up. */
export class Traces {
  readonly #marker: string | undefined;
  readonly #uuids: ReadonlySet<string>;
  readonly #amounts: boolean;

  /** @param uuids the UUIDs in the other tenant's rows that are in nobody else's. */
  constructor(other: Canary, uuids: Iterable<string>) {
    this.#marker = other.marker;
    this.#uuids = new Set([other.tenantId, ...uuids]);
    this.#amounts = other.marker !== undefined;
  }

  /**
   * The first trace of the other tenant in what the server said, or undefined. What the attacker wrote himself, `said`, is no
   * trace when it comes back.
   */
  find(answer: string, said: string): string | undefined {
    const marker = this.#marker;
    if (marker !== undefined && answer.includes(marker) && !said.includes(marker)) return marker;
    const known = said.toLowerCase();
    for (const uuid of uuidsIn(answer)) {
      if (this.#uuids.has(uuid) && !known.includes(uuid)) return uuid;
    }
    if (!this.#amounts) return undefined;
    return amountsIn(answer).find((digits) => !said.includes(digits));
  }
}

/** What of a planted tenant's rows, ids apart, is in a text: its marker or an amount of its own. */
export function contentOf({ marker }: Canary, text: string): string | undefined {
  return marker !== undefined && text.includes(marker) ? marker : amountsIn(text)[0];
}

function amountsIn(text: string): readonly string[] {
  return (text.match(LONG_NUMBER) ?? []).filter(isReserved);
}

function isReserved(digits: string): boolean {
  if (digits.length !== 10) return false;
  const amount = BigInt(digits);
  return amount >= reservedAmounts.from && amount < reservedAmounts.before;
}
