import type pg from 'pg';
import { z } from 'zod';
import { withClient } from './databases.ts';

/** What a server says about itself and about the role that asks. */
export interface ServerFacts {
  /** The answer of `select version()`. */
  readonly version: string;
  readonly major: number;
  readonly superuser: boolean;
  /** Whether the role may create databases. */
  readonly createdb: boolean;
  readonly role: string;
}

const answer = z.object({
  version: z.string(),
  number: z.int(),
  superuser: z.boolean(),
  createdb: z.boolean(),
  role: z.string(),
});

/** Asks a server for its facts; rejects with the error of `pg` when it cannot be reached. */
export async function readFacts(config: pg.ClientConfig): Promise<ServerFacts> {
  return withClient(config, async (client) => {
    const { rows } = await client.query(
      `select version(), current_setting('server_version_num')::integer as number,
              r.rolsuper as superuser, r.rolsuper or r.rolcreatedb as createdb, r.rolname as role
         from pg_catalog.pg_roles r where r.rolname = current_user`,
    );
    const { number, ...facts } = answer.parse(rows[0]);
    return { ...facts, major: Math.floor(number / 10_000) };
  });
}
