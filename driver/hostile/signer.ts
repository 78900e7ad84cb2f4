import type { ClientBase } from 'pg';
import { readContext, type TenantContext } from '../context.ts';
import { type Audience, type ContextKey, Signer } from '../context-key.ts';

/** What a forger changes about a token before it is signed. */
export interface Forgery {
  readonly database?: string;
  readonly login?: string;
  /** When it is made, in milliseconds since 1970. */
  readonly now?: number;
  /** The name of the key it says it is signed with. */
  readonly keyId?: string;
}

/** Makes tokens for one session, genuine ones and others. */
export interface Mint {
  /** Signs with the live key. */
  sign(context: TenantContext, forgery?: Forgery): string;
  /** Signs with a key that was live once; undefined where none is at hand. */
  signRetired(context: TenantContext): string | undefined;
}

/** The keys of a run. */
export interface HostileKeys {
  /** Live in the database under attack. */
  readonly contextKey?: ContextKey | undefined;
  /** Was live there once. */
  readonly retiredKey?: ContextKey | undefined;
}

/** Signs contexts for whatever login and database a client leads to. */
export class ContextSigner {
  readonly #key: ContextKey;
  readonly #retired: Signer | undefined;
  readonly #live: Signer;
  readonly #audiences = new WeakMap<ClientBase, Audience>();

  /** @throws FabricError IB923 for a malformed key. */
  constructor(key: ContextKey, retired?: ContextKey) {
    this.#key = key;
    this.#live = new Signer(key);
    this.#retired = retired && new Signer(retired);
  }

  /** The name of the key. */
  get id(): string {
    return this.#live.id;
  }

  /** The token of a context in the session of a client, good for a minute. */
  async token(client: ClientBase, context: TenantContext): Promise<string> {
    return (await this.mint(client)).sign(context);
  }

  /** What makes tokens for the session of a client. */
  async mint(client: ClientBase): Promise<Mint> {
    const audience = await this.#audienceOf(client);
    return {
      sign: (context, { now, keyId, ...changes } = {}) => {
        const signer = keyId === undefined ? this.#live : new Signer({ ...this.#key, id: keyId });
        return signer.sign(readContext(context), { ...audience, ...changes }, now);
      },
      signRetired: (context) => this.#retired?.sign(readContext(context), audience),
    };
  }

  async #audienceOf(client: ClientBase): Promise<Audience> {
    const known = this.#audiences.get(client);
    if (known !== undefined) return known;
    const { rows } = await client.query<{ database: string; login: string }>(
      'select current_database()::text as database, session_user::text as login',
    );
    const [audience] = rows;
    if (audience === undefined) throw new Error('the session has no login');
    this.#audiences.set(client, audience);
    return audience;
  }
}

/** The signer of a run; undefined where contexts are not signed. */
export function signerOf({ contextKey, retiredKey }: HostileKeys): ContextSigner | undefined {
  return contextKey && new ContextSigner(contextKey, retiredKey);
}
