import { readFileSync } from 'node:fs';
import type { Memory } from './statistics.ts';

/**
 * Watches the memory of backends until it is told to stop. The kernel keeps a peak of the resident set alone (VmHWM), which
 * counts shared buffers in; the backend's own memory (RssAnon) is therefore sampled, every 20 ms.
 */
export function watchMemory(pids: readonly number[]): () => Memory | undefined {
  let ownKiB = 0;
  const sample = (): void => {
    for (const pid of pids) ownKiB = Math.max(ownKiB, statusOf(pid, 'RssAnon') ?? 0);
  };
  sample();
  const timer = setInterval(sample, 20);
  return () => {
    clearInterval(timer);
    sample();
    const residentKiB = Math.max(0, ...pids.map((pid) => statusOf(pid, 'VmHWM') ?? 0));
    return ownKiB === 0 ? undefined : { ownKiB, residentKiB };
  };
}

function statusOf(pid: number, field: string): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    return undefined;
  }
}
