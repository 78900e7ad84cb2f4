export type {
  Aggregated,
  AggregateOptions,
  AggregateResult,
  Aggregates,
  GroupOrder,
  Totals,
} from './aggregate-types.ts';
export type {
  QueryTrace,
  RetryEvent,
  TransactionOutcome,
  TransactionTrace,
} from './channels.ts';
export type { CleanSession } from './cleaning.ts';
export type { BrandedContext, TenantContext } from './context.ts';
export type { ContextKey, ContextKeySource } from './context-key.ts';
export type { EntrySource } from './entry-reader.ts';
export {
  AbortedError,
  CommitOutcomeUnknownError,
  FabricError,
  type FabricErrorFacts,
  HandleRevokedError,
  TenantRequiredError,
  TransactionAbortedError,
} from './errors.ts';
export type { Operators, Where } from './filter-types.ts';
export type { GuardedClient } from './guarded-client.ts';
export type { GuardedQuery, GuardedResult } from './guarded-query.ts';
export { type TenantId, tenantId, type UserId, userId } from './ids.ts';
export type { MinorUnits, NewJournalEntry, NewJournalLine } from './journal-entry.ts';
export type { ClientPool } from './lease.ts';
export { escapeLike, type LikeMatch, type LikePattern } from './like.ts';
export type { CallOptions } from './limits.ts';
export { OpenTransaction } from './open-transaction.ts';
export type { Answers, Planned } from './planned.ts';
export type { Planner } from './planner.ts';
export { PostingError } from './posting-error.ts';
export type { PostEachOptions, PostJournalsOptions } from './posting-options.ts';
export type { PostedEntry } from './postings.ts';
export { type RefusedEvent, refusals } from './refusals.ts';
export type { TenantDbOptions, TransactionOptions } from './settings.ts';
export type { ColumnSpec, TableMap, TableSpec } from './tables.ts';
export { type FabricTables, TenantDb } from './tenant-db.ts';
export type { TenantTransaction } from './transaction.ts';
export type {
  BatchSize,
  Changes,
  ColumnName,
  CopyOptions,
  DirectedKey,
  FilteredWriteOptions,
  JsonValue,
  NewRow,
  OrderBy,
  Page,
  PageOptions,
  Result,
  Row,
  SelectOptions,
  StreamOptions,
  TableName,
  TableOf,
  UpsertOptions,
  WriteOptions,
} from './types.ts';
