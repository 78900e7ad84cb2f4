import { onTestFinished, vi } from 'vitest';

/** The time that tests let pass by hand. */
export interface HeldTime {
  /** Lets milliseconds pass at once. */
  pass(milliseconds: number): void;
  /** How many timers are set. */
  readonly timers: number;
}

/**
 * Stops the timers of this process until the end of the test: none runs out unless the test lets time pass. Sockets and the server
 * go on. The fake timers of vitest do not serve here, since `expect.poll` lets their time pass.
 */
export function holdTime(): HeldTime {
  let now = 0;
  const timers = new Map<unknown, { readonly at: number; readonly run: () => void }>();
  const clearReal = globalThis.clearTimeout;
  const set = (run: (...values: unknown[]) => void, milliseconds = 0, ...values: unknown[]) => {
    const timer = { ref: () => timer, unref: () => timer, hasRef: () => true };
    timers.set(timer, { at: now + milliseconds, run: () => run(...values) });
    return timer;
  };
  const clear = (timer: unknown) => {
    if (!timers.delete(timer)) clearReal(timer as NodeJS.Timeout);
  };
  const spies = [
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(set as never),
    vi.spyOn(globalThis, 'clearTimeout').mockImplementation(clear as never),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return {
    pass: (milliseconds) => {
      now += milliseconds;
      const due = [...timers].filter(([, { at }]) => at <= now).sort(([, a], [, b]) => a.at - b.at);
      for (const [timer, { run }] of due) {
        if (timers.delete(timer)) run();
      }
    },
    get timers() {
      return timers.size;
    },
  };
}

/** Sets the clock of this process, and not its timers, off by so much until the end of the test; 0 puts it right. */
export function shiftClock(milliseconds: number): void {
  vi.useRealTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  if (milliseconds === 0) return;
  const now = Date.now() + milliseconds;
  vi.useFakeTimers({ toFake: ['Date'], now });
}
