import { CommitOutcomeUnknownError, FabricError, isServerError, toFabricError } from './errors.ts';

/** What sending a batch commits: nothing, the batch itself as one implicit transaction, or an open transaction. */
export type Commits = 'nothing' | 'batch' | 'transaction';

/** What a failure means for the caller and for the client. */
export interface Verdict {
  readonly error: FabricError;
  /** Whether the connection can no longer be trusted. */
  readonly isDoubtful: boolean;
  /** Whether the connection is gone. */
  readonly isLost: boolean;
}

/** Refusals that say something about the data or the time alone: the session behind them is as good as new. */
const HARMLESS = /^(?:22|23|40|IB|57014|55P03)/;
/** Errors after which the server closes the connection, and whose severity its language may hide. */
const FATAL = /^(?:08|53|57P|58|XX|25P0[34])/;
/** Fatal errors that, before the statement has completed, mean it never will. */
const ROLLED_BACK = /^(?:57P01|25P0[34])$/;
/** The server does not know a name, or what it stands for returns something else by now. */
const STALE = /^(?:26000|0A000|42P05)$/;

/**
 * Judges what a batch failed with.
 * @param commits what the batch could have committed; `'nothing'` when it was not sent.
 * @param facts `isComplete`: all statements were answered; `isLost`: the connection is known to be gone.
 */
export function judge(
  error: unknown,
  commits: Commits,
  facts: { readonly isComplete: boolean; readonly isLost: boolean },
): Verdict {
  if (!isServerError(error)) {
    const isLost = facts.isLost || !(error instanceof FabricError);
    const isUnknown = isLost && commits !== 'nothing';
    const told = isUnknown ? new CommitOutcomeUnknownError(error) : toFabricError(error);
    return { error: told, isDoubtful: true, isLost };
  }
  const isFatal = error.severity !== 'ERROR' && FATAL.test(error.code);
  const isRolledBack = commits === 'batch' && !facts.isComplete && ROLLED_BACK.test(error.code);
  const isUnknown = isFatal && !isRolledBack && commits !== 'nothing';
  return {
    error: isUnknown ? new CommitOutcomeUnknownError(error) : toFabricError(error),
    isDoubtful: !HARMLESS.test(error.code),
    isLost: facts.isLost || isFatal,
  };
}

/** Whether a statement failed because of the name it was prepared under. */
export function isStale(error: unknown): boolean {
  return isServerError(error) && STALE.test(error.code);
}
