import { channel } from 'node:diagnostics_channel';

/** An attempt that the server or the driver refused because it could cross a tenant's border or change what is fixed. */
export interface RefusedEvent {
  /** 42501, IB101 to IB109 without IB104, IB3xx, IB911 to IB916 or IB920. */
  readonly code: string;
  readonly schema: string | undefined;
  readonly table: string | undefined;
}

const REFUSALS = /^(?:42501|IB10[1-35-9]|IB3\d\d|IB91[1-6]|IB920)$/;
const refused = channel('aibos:refused');
const counts = new Map<string, number>();

/** Whether a code says that an attempt on isolation or immutability was refused. */
export function isRefusal(code: string): boolean {
  return REFUSALS.test(code);
}

/** Counts a refusal and publishes it on the channel `aibos:refused`. @internal */
export function noteRefusal(event: RefusedEvent): void {
  counts.set(event.code, (counts.get(event.code) ?? 0) + 1);
  if (refused.hasSubscribers) refused.publish(event);
}

/**
 * How many attempts were refused since the program began, by code: what an alert should watch. No tenant is named.
 * @example
 * refusals(); // { '42501': 2, IB913: 1 }
 */
export function refusals(): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
