const MOST_LINES = 6;

/**
 * Where two texts differ, in a few lines: the number of the first line that differs, and what is there before and after, up to
 * the last line that differs. Empty where they are equal.
 */
export function shortDifference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1;
  if (start === old.length && start === now.length) return '';
  let end = 0;
  const most = Math.min(old.length, now.length) - start;
  while (end < most && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  return [
    `line ${start + 1}:`,
    ...marked('-', old.slice(start, old.length - end)),
    ...marked('+', now.slice(start, now.length - end)),
  ].join('\n');
}

function marked(mark: string, lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MOST_LINES).map((line) => `${mark} ${line}`);
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, `${mark} … ${more} more`];
}
