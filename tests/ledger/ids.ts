import { randomUUID } from 'node:crypto';

/**
 * A new id for an entry that is inserted directly: a UUID version 7 of now, as aibos.uuid_v7() makes them, or of
 * `offsetMs` milliseconds from now.
 */
export function newEntryId(offsetMs = 0): string {
  const time = (Date.now() + offsetMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
