import { performance } from 'node:perf_hooks';
import { cpuOfBackends, isVisible } from './cpu.ts';
import { watchMemory } from './memory.ts';
import { drawFrom } from './random.ts';
import type { Timing } from './statistics.ts';
import type { Session, Variant } from './variant.ts';

/** Opens the connections of one variant. */
export async function openAll(
  variant: Variant,
  clients: number,
  config: Parameters<Variant['open']>[0],
): Promise<readonly Session[]> {
  const sessions: Session[] = [];
  for (let client = 0; client < clients; client += 1) sessions.push(await variant.open(config));
  return sessions;
}

/** Runs `each` transactions on every connection and says what that took. */
export async function timed(
  sessions: readonly Session[],
  each: number,
  options: { readonly seed: number; readonly watchesMemory: boolean },
): Promise<Timing> {
  const pids = sessions.map(({ pid }) => pid);
  const visible = pids.every(isVisible);
  const stopWatching = options.watchesMemory && visible ? watchMemory(pids) : undefined;
  const cpuBefore = visible ? cpuOfBackends(pids) : undefined;
  const start = performance.now();
  await runAll(sessions, each, options.seed);
  const seconds = (performance.now() - start) / 1000;
  const cpuAfter = visible ? cpuOfBackends(pids) : undefined;
  const transactions = each * sessions.length;
  return {
    perSecond: transactions / seconds,
    cpuMicros:
      cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : (cpuAfter - cpuBefore) / transactions,
    memory: stopWatching?.(),
  };
}

/** Every client draws from a seed of its own, the same for each variant: all do the same work. */
export async function runAll(
  sessions: readonly Session[],
  each: number,
  seed: number,
): Promise<void> {
  await Promise.all(
    sessions.map(async (session, client) => {
      const draw = drawFrom(seed * 1000 + client);
      for (let done = 0; done < each; done += 1) await session.run(draw);
    }),
  );
}
