import type pg from 'pg';

/** Where a server comes from. */
export type ServerKind = 'url' | 'docker' | 'embedded';

/** A major version of PostgreSQL that the fabric supports. */
export type Major = 15 | 16 | 17 | 18;

/** The majors that the fabric supports, oldest first. */
export const supportedMajors: readonly Major[] = [15, 16, 17, 18];

/** What to open: without options the first of DATABASE_URL, Docker and the embedded server. */
export interface OpenOptions {
  /** Use this kind or fail; without it the environment variable AIBOS_DB decides, else the order. */
  readonly prefer?: ServerKind | undefined;
  /** The major version; default 18, for a given URL whatever is there. */
  readonly major?: Major | undefined;
  /** A connection URL, instead of DATABASE_URL. */
  readonly url?: string | undefined;
  /** Extra server settings for docker and embedded, for example `{ fsync: 'on' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** The port of an embedded server on 127.0.0.1; default any free one. */
  readonly port?: number | undefined;
}

/** What part of a connection to replace; the rest is the administrator's. */
export interface ConnectionOptions {
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** How to make a throwaway database. */
export interface CreateDatabaseOptions {
  /** The database to copy; default `template0`. */
  readonly template?: string | undefined;
  /** The role that will own it; default the administrator. */
  readonly owner?: string | undefined;
}

/** A running server with throwaway databases. */
export interface Server {
  readonly kind: ServerKind;
  /** The answer of `select version()`. */
  readonly version: string;
  readonly major: number;
  /** Whether the administrator of {@link Server.connection} is a superuser. */
  readonly superuser: boolean;
  /** One line for people: the kind, the place and `version()`; never a password. */
  describe(): string;
  /** How to connect; default as the administrator to the maintenance database. */
  connection(options?: ConnectionOptions): pg.ClientConfig;
  /** Makes a database named `aibos_tmp_…` and returns its name; errors IB975, IB976. */
  createDatabase(options?: CreateDatabaseOptions): Promise<string>;
  /** Drops a database made here, ending its sessions; errors IB972, IB975, IB976. */
  dropDatabase(name: string): Promise<void>;
  /** Drops what was made and, unless the server was given, ends it; a second call does nothing. */
  close(): Promise<void>;
}
