/** One line on standard error that is written over as work goes on; nothing where that is no terminal. */
export interface ProgressLine {
  /** Shows a text, at most ten times a second; it is made only when it is shown. */
  show(text: () => string): void;
  /** Takes the line away. */
  clear(): void;
}

/** Makes a progress line. */
export function progressLine(): ProgressLine {
  const out = process.stderr;
  const isShown = out.isTTY === true && process.env.TERM !== 'dumb';
  let last = 0;
  return {
    show: (text) => {
      if (!isShown || Date.now() - last < 100) return;
      last = Date.now();
      out.write(`\r\u001b[K${text().slice(0, Math.max(20, (out.columns || 80) - 1))}`);
    },
    clear: () => {
      if (isShown && last > 0) out.write('\r\u001b[K');
      last = 0;
    },
  };
}
