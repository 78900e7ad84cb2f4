import type { CheckedContext } from './context.ts';
import { type Audience, Signer } from './context-key.ts';
import type { Lease } from './lease.ts';
import { badOption } from './options.ts';

/** Signs the contexts of one pool with the key in use, for the database and the login that the pool leads to. */
export class Signing {
  readonly #signer: () => Signer | Promise<Signer>;
  #audience: Audience | undefined;

  /** @param source a key or a function that gives one. @throws FabricError IB923 when the key is malformed. */
  constructor(source: unknown) {
    if (typeof source === 'function') {
      this.#signer = async () => new Signer(await source());
    } else {
      const signer = new Signer(source);
      this.#signer = () => signer;
    }
  }

  /**
   * The token of a context. The first call asks the server which database and which login it speaks to: through a pooler
   * these need not be the ones the client named.
   * @throws FabricError IB923 when the source gives a malformed key, and whatever it throws itself.
   */
  async token(lease: Lease, context: CheckedContext): Promise<string> {
    this.#audience ??= await askAudience(lease);
    return (await this.#signer()).sign(context, this.#audience);
  }
}

async function askAudience(lease: Lease): Promise<Audience> {
  const text =
    'select pg_catalog.current_database()::text as database, session_user::text as login';
  const { rows } = await lease.send([{ text, values: [] }], 'nothing', true);
  const { database, login }: { database?: unknown; login?: unknown } = rows[0] ?? {};
  if (typeof database === 'string' && typeof login === 'string') return { database, login };
  throw badOption('contextKey', 'it to a pool of PostgreSQL clients');
}
