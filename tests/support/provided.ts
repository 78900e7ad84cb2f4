import type { Major } from '../../driver/server/index.ts';

/** A throwaway server as test files see it; the role is its superuser. */
export interface TestServer {
  readonly major: Major;
  /** The answer of `select version()`. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The password of the installer and of every tester login. */
  readonly loginPassword: string;
}

/** A major that cannot be tested on this machine, and why. */
export interface MissingServer {
  readonly major: Major;
  readonly reason: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: readonly TestServer[];
    missing: readonly MissingServer[];
  }
}
