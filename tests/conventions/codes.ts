/** One row of the error registry as sql/aibos/error_codes.sql writes it. */
export interface RegisteredCode {
  readonly code: string;
  readonly name: string;
  readonly raisedBy: string;
}

/** Where codes are raised. */
export interface RaisedCodes {
  readonly sql: ReadonlySet<string>;
  readonly driver: ReadonlySet<string>;
}

/** Reads the registry out of the values list of sql/aibos/error_codes.sql. */
export function readRegistry(sql: string): readonly RegisteredCode[] {
  const text = "'((?:[^']|'')*)'";
  const row = new RegExp(
    `^\\s*\\(${[text, text, text, text, text].join(',\\s*')}\\)[,\\s]*$`,
    'gm',
  );
  return [...sql.matchAll(row)].map((match) => ({
    code: match[1] ?? '',
    name: match[2] ?? '',
    raisedBy: match[5] ?? '',
  }));
}

/** What is wrong between the registry and the code: one sentence per fault, none when they agree. */
export function compareCodes(
  registry: readonly RegisteredCode[],
  raised: RaisedCodes,
): readonly string[] {
  const registered = new Map(registry.map((entry) => [entry.code, entry]));
  const problems: string[] = [];
  for (const { code, raisedBy } of registry) {
    const belongsToDriver = /^IB9/.test(code);
    if (code === 'IB000') problems.push('IB000 must never be raised');
    if (belongsToDriver !== (raisedBy === 'driver')) {
      problems.push(`${code} is registered as raised by ${raisedBy}, its group says otherwise`);
    }
    if (raisedBy === 'driver' ? !raised.driver.has(code) : !raised.sql.has(code)) {
      problems.push(`${code} is registered and never raised by ${raisedBy}`);
    }
  }
  for (const code of [...raised.sql].sort()) {
    if (!registered.has(code)) problems.push(`${code} is raised in SQL and not registered`);
    else if (registered.get(code)?.raisedBy !== 'sql') {
      problems.push(`${code} is raised in SQL and registered as raised by the driver`);
    }
  }
  for (const code of [...raised.driver].sort()) {
    if (!registered.has(code)) problems.push(`${code} is raised by the driver and not registered`);
  }
  const names = registry.map((entry) => entry.name);
  for (const name of new Set(names)) {
    if (names.filter((other) => other === name).length > 1) {
      problems.push(`the name ${name} is registered twice`);
    }
  }
  return problems;
}
