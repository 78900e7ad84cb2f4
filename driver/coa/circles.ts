/** Code of the parent by code of the account; null for none. */
export type Parents = ReadonlyMap<string, string | null>;

/** The circles that parents run in, each once, beginning with the account that comes first. */
export function circlesIn(parents: Parents): readonly (readonly string[])[] {
  const done = new Set<string>();
  const circles: (readonly string[])[] = [];
  for (const start of parents.keys()) {
    const path: string[] = [];
    const at = new Map<string, number>();
    let code: string | null = start;
    while (code !== null && !done.has(code) && !at.has(code)) {
      at.set(code, path.length);
      path.push(code);
      code = parents.get(code) ?? null;
    }
    const entry = code === null ? undefined : at.get(code);
    if (entry !== undefined) circles.push(path.slice(entry));
    for (const passed of path) done.add(passed);
  }
  return circles;
}
