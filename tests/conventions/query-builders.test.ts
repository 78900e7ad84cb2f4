import { describe, expect, test } from 'vitest';
import { readSources } from './sources.ts';

describe('the query builders', () => {
  test('are imported by their entry points alone, so that nobody else needs them installed', () => {
    const importing = readSources('driver', '.ts')
      .filter(({ text }) => /from '(?:kysely|drizzle-orm)[/']/.test(text))
      .map(({ path }) => path);
    expect(importing).toEqual(['driver/drizzle.ts', 'driver/kysely.ts']);
    const using = readSources('driver', '.ts').filter(({ text }) =>
      /from '[./]*\/(?:kysely|drizzle)\.ts'/.test(text),
    );
    expect(using.map(({ path }) => path)).toEqual([]);
  });
});
