const refusals = {
  IB901: 'the embedded server package is not installed',
  IB902: 'no embedded server exists for this platform',
  IB903: 'the embedded server cannot be run by this user',
  IB904: 'the data directory could not be made',
  IB905: 'the server did not start',
  IB906: 'the port is in use',
  IB907: 'Docker cannot provide a server',
  IB908: 'the database URL is unusable',
  IB909: 'the given server cannot be reached',
  IB970: 'the server is too old',
  IB971: 'the role may not create databases',
  IB972: 'not a throwaway database of this server',
  IB973: 'the server has another major version than was asked for',
  IB974: 'an option or environment variable has an unknown value',
  IB975: 'the server is closed',
  IB976: 'a throwaway database could not be made or dropped',
} as const;

/** A stable code of a failure to provide a database server. */
export type ServerErrorCode = keyof typeof refusals;

/** What a {@link ServerError} carries besides its code. */
export interface ServerErrorFacts {
  /** A lower-case sentence naming the object. */
  readonly message: string;
  /** The next step for the person who reads it. */
  readonly hint: string;
  /** Facts such as the last lines of a server log. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** A server could not be found, started or used; branch on `code`, show `message`, `detail` and `hint`. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;
  readonly hint: string;
  readonly detail: string | undefined;

  constructor(code: ServerErrorCode, facts: ServerErrorFacts) {
    super(facts.message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint;
    this.detail = facts.detail;
  }
}

/** Every code a {@link ServerError} can have, with its meaning in a few words. */
export const serverErrorCodes: Readonly<Record<ServerErrorCode, string>> = refusals;

/** The message of anything that was thrown. */
export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** The `code` of an error of Node or of PostgreSQL, if it has one. */
export function codeOf(reason: unknown): string | undefined {
  if (reason instanceof Error && 'code' in reason && typeof reason.code === 'string') {
    return reason.code;
  }
  return undefined;
}
