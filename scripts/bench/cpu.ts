import { readFileSync } from 'node:fs';

/**
 * CPU time that server processes have used so far, in microseconds: the sum over the bench's own backends, read while they
 * live. Undefined where the kernel does not show it, as with a server on another machine or in a container.
 *
 * Linux counts nanoseconds in /proc/<pid>/schedstat, which short rounds need: the ticks in /proc/<pid>/stat are 10 ms. Work
 * that the server gives to other processes (WAL writer, checkpointer) is in no variant's figure.
 */
export function cpuOfBackends(pids: readonly number[]): number | undefined {
  let micros = 0;
  for (const pid of pids) {
    const nanos = nanosOf(pid);
    if (nanos === undefined) return undefined;
    micros += nanos / 1000;
  }
  return micros;
}

/** Whether a process id that the server gave is one of a PostgreSQL process on this machine. */
export function isVisible(pid: number): boolean {
  const name = read(`/proc/${pid}/comm`)?.trim();
  return (name === 'postgres' || name === 'postmaster') && nanosOf(pid) !== undefined;
}

function nanosOf(pid: number): number | undefined {
  const first = read(`/proc/${pid}/schedstat`)?.split(' ')[0];
  const nanos = Number(first);
  return first === undefined || !Number.isFinite(nanos) || nanos === 0 ? undefined : nanos;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
