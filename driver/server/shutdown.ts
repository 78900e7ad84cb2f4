/** Something that must not outlive this process. */
export interface Resource {
  /** Ends it in order. */
  close(): Promise<void>;
  /** Ends it within the exit of the process, where nothing can be awaited. */
  closeNow(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const open = new Set<Resource>();

/** Ends the resource when the process exits or is told to end; returns how to let it go again. */
export function endWithProcess(resource: Resource): () => void {
  if (open.size === 0) {
    process.on('exit', onExit);
    for (const signal of signals) process.on(signal, onSignal);
  }
  open.add(resource);
  return () => {
    if (open.delete(resource) && open.size === 0) stopListening();
  };
}

function stopListening(): void {
  process.off('exit', onExit);
  for (const signal of signals) process.off(signal, onSignal);
}

function onExit(): void {
  for (const resource of open) resource.closeNow();
  open.clear();
}

/**
 * Where the program listens too, it decides whether to end, and its exit runs {@link onExit}. Where nobody
 * else does, a signal means the end: in order, then by the same signal, so that the caller sees it.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  const ending = Promise.allSettled([...open].map((resource) => resource.close()));
  void ending.then(() => {
    onExit();
    stopListening();
    process.kill(process.pid, signal);
  });
}
