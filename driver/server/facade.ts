import type pg from 'pg';
import { ThrowawayDatabases } from './databases.ts';
import { ServerError } from './errors.ts';
import type { ServerFacts } from './facts.ts';
import type { ConnectionOptions, Server, ServerKind } from './server.ts';
import { endWithProcess } from './shutdown.ts';

/** What differs between the kinds of servers. */
export interface Provision {
  readonly kind: ServerKind;
  /** Where it is, for people; no password. */
  readonly place: string;
  readonly facts: ServerFacts;
  readonly connection: (options?: ConnectionOptions) => pg.ClientConfig;
  /** Ends the server; nothing for a given one. */
  readonly stop: () => Promise<void>;
  /** The same within the exit of the process, as far as that can be. */
  readonly stopNow: () => void;
  /** Whether the databases go with the server, so that dropping them one by one is needless. */
  readonly isThrowaway: boolean;
  /** Why an earlier choice was passed over, for people. */
  readonly remark?: string | undefined;
}

/** Makes the `Server` of a provision and ties its life to that of the process. */
export function serverOf(provision: Provision): Server {
  const databases = new ThrowawayDatabases(() => provision.connection());
  let closing: Promise<void> | undefined;

  const finish = async (): Promise<void> => {
    try {
      if (!provision.isThrowaway) await databases.dropAll();
    } finally {
      await provision.stop();
      letGo();
    }
  };
  const close = (): Promise<void> => {
    closing ??= finish();
    return closing;
  };
  const letGo = endWithProcess({ close, closeNow: provision.stopNow });
  const assertOpen = (): void => {
    if (closing === undefined) return;
    throw new ServerError('IB975', {
      message: 'the server is closed',
      hint: 'Call openServer() again, and close() only at the end.',
    });
  };

  return {
    kind: provision.kind,
    version: provision.facts.version,
    major: provision.facts.major,
    superuser: provision.facts.superuser,
    describe: () => {
      const remark = provision.remark === undefined ? '' : ` (${provision.remark})`;
      return `Database: ${provision.place}, ${provision.facts.version}${remark}`;
    },
    connection: provision.connection,
    createDatabase: async (options) => {
      assertOpen();
      return databases.create(options);
    },
    dropDatabase: async (name) => {
      assertOpen();
      return databases.drop(name);
    },
    close,
  };
}
