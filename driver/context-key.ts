import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { CheckedContext } from './context.ts';
import { badOption, readOptions, wholeNumber } from './options.ts';

/** A key that signs contexts, as `aibos context-key install` made it live in the database. */
export interface ContextKey {
  /** Its name: eight lower-case letters or digits. */
  readonly id: string;
  /** 32 random bytes or more, as bytes or in hexadecimal. */
  readonly secret: Uint8Array | string;
  /** How long a context may be used to begin a transaction, in seconds; 60 unless told otherwise. */
  readonly lifetimeSeconds?: number;
}

/** The key, or where to ask for the one to use now: asked before every transaction, so a rotation needs no restart. */
export type ContextKeySource = ContextKey | (() => ContextKey | Promise<ContextKey>);

/** Whom a token is for: the database, and the login that its session began with. */
export interface Audience {
  readonly database: string;
  readonly login: string;
}

const KEY_ID = /^[a-z0-9]{8}$/;
const HEX = /^(?:[0-9a-f]{2})+$/i;
const LEAST_SECRET = 32;

/** A checked key, which makes tokens and never shows its secret. */
export class Signer {
  readonly id: string;
  readonly #secret: KeyObject;
  readonly #lifetime: number;

  /** @throws FabricError IB923 naming the part that cannot be used. */
  constructor(key: unknown) {
    const {
      id,
      secret,
      lifetimeSeconds = 60,
    } = readOptions(key, ['id', 'secret', 'lifetimeSeconds']);
    if (typeof id !== 'string' || !KEY_ID.test(id)) {
      throw badOption('contextKey.id', 'eight lower-case letters or digits');
    }
    const bytes =
      typeof secret === 'string' && HEX.test(secret) ? Buffer.from(secret, 'hex') : secret;
    if (!(bytes instanceof Uint8Array) || bytes.length < LEAST_SECRET) {
      throw badOption('contextKey.secret', '32 random bytes or more, as bytes or in hexadecimal');
    }
    this.id = id;
    this.#secret = createSecretKey(bytes);
    this.#lifetime = wholeNumber('contextKey.lifetimeSeconds', lifetimeSeconds, 86_400, 1);
  }

  /**
   * Signs a context for one login of one database: `v1.<key>.<tenant>.<user>.<expiry>.<HMAC-SHA-256>`, 161 characters, as
   * `aibos.current_tenant_id()` verifies it.
   * @param now milliseconds since 1970.
   */
  sign(context: CheckedContext, { database, login }: Audience, now = Date.now()): string {
    const expiry = (Math.floor(now / 1000) + this.#lifetime).toString().padStart(10, '0');
    const head = `v1.${this.id}.${context.tenantId}.${context.userId}.${expiry}`;
    // The server counts characters, not UTF-16 units.
    const audience = `${[...database].length}:${database}${login}`;
    return `${head}.${createHmac('sha256', this.#secret)
      .update(head + audience)
      .digest('hex')}`;
  }
}
