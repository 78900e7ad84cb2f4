import { contextOf, Traces } from '../../../driver/hostile/canary.ts';
import { isBase } from '../../../driver/hostile/scene.ts';
import { signerOf } from '../../../driver/hostile/signer.ts';
import { Watcher } from '../../../driver/hostile/watcher.ts';
import { adminConfig } from '../../support/logins.ts';
import { withClient } from '../../support/run.ts';
import type { Field } from '../support.ts';
import { createDice } from './dice.ts';
import { type Bag, hunt } from './hunt.ts';
import { QueryMaker } from './queries.ts';
import { readWhitelist } from './relations.ts';
import { spoofs } from './spoofs.ts';
import { type Statement, statement } from './statements.ts';

/** How to hunt in a field. */
export interface HuntOptions {
  readonly seed: string;
  readonly most: number;
  /** Whether the first find ends the hunt. */
  readonly untilFound?: boolean;
  /** What a superuser does to the copy first. */
  readonly weaken?: string;
  /** Whether statements may change the context themselves; for databases that ask for signed contexts. */
  readonly spoof?: boolean;
  /** Statements of another engine, made for the copy; random ones of our own unless given. */
  readonly write?: (database: string, spoofs: readonly string[]) => Promise<readonly Statement[]>;
}

/** What a hunt in a field came to. */
export interface Outcome extends Bag {
  /** Rows of the other tenant before, and whether they are the same after. */
  readonly watched: { readonly rows: number; readonly unchanged: boolean };
  /** Relations that the login may read, and those that went into statements. */
  readonly relations: readonly string[];
  readonly used: ReadonlySet<string>;
}

/** Hunts on a copy of a field as its own tenant, while an administrator watches the other tenant's rows. */
export async function huntIn(field: Field, options: HuntOptions): Promise<Outcome> {
  const { own, other } = field.planting;
  return field.onCopy((database) =>
    withClient(adminConfig(field.source.server, database), async (admin) => {
      if (options.weaken !== undefined) await admin.query(options.weaken);
      const signer = signerOf(field.keys);
      const watcher = new Watcher(admin, signer);
      const tables = (await watcher.tables()).filter(isBase);
      const mine = await watcher.survey(own, tables);
      const theirs = await watcher.survey(other, tables);
      const isShared = (id: string): boolean => mine.uuids.has(id) || id.startsWith('00000000-');
      const traces = new Traces(
        other,
        [...theirs.uuids].filter((id) => !isShared(id)),
      );
      const before = await watcher.digest(other, tables);

      const config = field.attacker(database);
      const { whitelist, mint } = await withClient(config, async (client) => ({
        whitelist: await readWhitelist(client),
        mint: await signer?.mint(client),
      }));
      const lies = options.spoof === true ? spoofs(own, other, mint) : [];
      const dice = createDice(options.seed);
      const ids = [...mine.uuids, ...theirs.uuids].sort();
      const queries = new QueryMaker(dice, whitelist, ids, lies);
      const scene = { own, other, ownHoldings: mine.holdings, otherHoldings: theirs.holdings };
      const given = await options.write?.(database, lies);
      let made = 0;
      const next = (finds: number): Statement | undefined => {
        if (options.untilFound === true && finds > 0) return undefined;
        if (made >= (given?.length ?? options.most)) return undefined;
        made += 1;
        return given?.[made - 1] ?? statement({ queries, scene, spoofs: lies });
      };
      const bag = await hunt({ config, context: contextOf(own), traces, dice, next, signer });
      const after = await watcher.digest(other, tables);
      const watched = { rows: before.rows, unchanged: before.sha256 === after.sha256 };
      const relations = whitelist.relations.map(({ name }) => name);
      return { ...bag, watched, relations, used: queries.used };
    }),
  );
}
