import { type Audience, Signer } from './context-key.ts';
import type { Lease } from './lease.ts';
import { badOption } from './options.ts';
import type { Stop } from './stop.ts';

/** What the server says of a token that is not for the session it came in. */
const NOT_FOR_HERE =
  'The context token is forged, or was made for another login or another database.';

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
   * The key in use now.
   * @throws FabricError IB923 when the source gives a malformed key, whatever it throws itself, and why the call was stopped.
   */
  async signer(stop: Stop | undefined): Promise<Signer> {
    stop?.throwIfStopped();
    const found = this.#signer();
    if (found instanceof Signer) return found;
    return stop === undefined ? found : stop.race(found);
  }

  /**
   * Whom tokens sent to a client are for. The first call asks the server which database and which login it speaks to: through
   * a pooler these need not be the ones the client named. The answer holds for the whole pool, until the server refuses a token as
   * made for somebody else: then it is forgotten, so that a pool which came to lead elsewhere loses one call and recovers.
   * @throws FabricError as `Lease.send` does.
   */
  async audience(lease: Lease, stop: Stop | undefined): Promise<Audience> {
    const audience = this.#audience ?? (await askAudience(lease, stop));
    this.#audience ??= audience;
    lease.onError = ({ code, detail }) => {
      const isForeign = code === '42501' && detail === NOT_FOR_HERE;
      if (isForeign && this.#audience === audience) this.#audience = undefined;
    };
    return audience;
  }
}

async function askAudience(lease: Lease, stop: Stop | undefined): Promise<Audience> {
  const text =
    'select pg_catalog.current_database()::text as database, session_user::text as login';
  const { rows } = await lease.send([{ text, values: [] }], 'nothing', true, { stop });
  const { database, login }: { database?: unknown; login?: unknown } = rows[0] ?? {};
  if (typeof database === 'string' && typeof login === 'string') return { database, login };
  throw badOption('contextKey', 'it to a pool of PostgreSQL clients');
}
