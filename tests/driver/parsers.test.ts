import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { parserFor } from '../../driver/parsers.ts';
import { type Fabric, openFabric } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';

let fabric: Fabric;

beforeAll(async () => {
  fabric = await openFabric();
});

async function read(expression: string, options: pg.PoolConfig = {}): Promise<unknown> {
  const db = new TenantDb(fabric.pool('finance', { max: 1, ...options }));
  const { rows } = await db.query(fabric.acme.context, `select ${expression} as value`);
  return rows[0]?.value;
}

describe('a value read', () => {
  test.each([
    ['9007199254740993::int8', '9007199254740993'],
    ['1.10::numeric', '1.10'],
    ["'NaN'::numeric", 'NaN'],
    ['7::int4', 7],
    ['1.5::float8', 1.5],
    ['true', true],
    ["'2026-03-29'::date", '2026-03-29'],
    ["'infinity'::date", 'infinity'],
    ["'0044-03-15 BC'::date", '0044-03-15 BC'],
    ["timestamptz '2026-03-29 01:30:00.123456+00'", '2026-03-29T01:30:00.123456Z'],
    ["timestamptz '1890-01-01 12:00:00+00'", '1890-01-01T12:00:00Z'],
    ["timestamp '2026-03-29 02:30:00.5'", '2026-03-29T02:30:00.5'],
    ["'-infinity'::timestamptz", '-infinity'],
    [`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
    ["'\\xcafe'::bytea", Buffer.from([0xca, 0xfe])],
    ['array[1, null]::int8[]', ['1', null]],
    [
      'array[[1, 2], [3, 4]]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["array['a,b', 'null', '\"', null]", ['a,b', 'null', '"', null]],
    ["array['2026-01-01'::date]", ['2026-01-01']],
    ["'{}'::text[]", []],
    ["'11111111-1111-4111-8111-111111111111'::uuid", '11111111-1111-4111-8111-111111111111'],
    ["interval '1 day'", '1 day'],
    ['null::int4', null],
  ])('J16 %s is exact', async (expression, value) => {
    expect(await read(expression)).toEqual(value);
  });

  test.each(['UTC', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Europe/Amsterdam'])(
    'of type timestamptz is the same instant in a session of zone %s',
    async (zone) => {
      const options = { options: `-c timezone=${zone}` };
      expect(await read("timestamptz '2026-03-29 01:30:00.25+00'", options)).toBe(
        '2026-03-29T01:30:00.25Z',
      );
      expect(await read("timestamptz '1890-06-01 00:00:00+00'", options)).toBe(
        '1890-06-01T00:00:00Z',
      );
      expect(await read("'2026-03-29'::date", options)).toBe('2026-03-29');
    },
  );

  test.each(['German', 'SQL,\\ DMY', 'Postgres'])(
    'of type date in DateStyle %s is refused rather than guessed (IB924)',
    async (style) => {
      const error = await refusal(() =>
        read("'2026-02-01'::date", { options: `-c datestyle=${style}` }),
      );
      expect(error.code).toBe('IB924');
      expect(error.hint).toContain('DateStyle');
    },
  );

  test('J16 does not depend on what a program did to pg.types, which stays untouched', async () => {
    const before = pg.types.getTypeParser(20, 'text');
    pg.types.setTypeParser(20, Number);
    pg.types.setTypeParser(1082, () => 'changed');
    try {
      expect(await read('9007199254740993::int8')).toBe('9007199254740993');
      expect(await read("'2026-03-29'::date")).toBe('2026-03-29');
      expect(pg.types.getTypeParser(1082, 'text')('x')).toBe('changed');
    } finally {
      pg.types.setTypeParser(20, before);
      pg.types.setTypeParser(1082, (text) => text);
    }
  });

  test('in a column named __proto__ is a plain property', async () => {
    const db = new TenantDb(fabric.pool('finance'));
    const { rows } = await db.query(fabric.acme.context, 'select 1 as "__proto__", 2 as b');
    expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype);
    expect(Object.entries(rows[0] ?? {})).toEqual([
      ['__proto__', 1],
      ['b', 2],
    ]);
  });

  test('in no column at all still counts its rows', async () => {
    const db = new TenantDb(fabric.pool('finance'));
    expect(await db.query(fabric.acme.context, 'select from generate_series(1, 3)')).toEqual({
      rows: [{}, {}, {}],
      rowCount: 3,
    });
  });
});

describe('a value written', () => {
  test.each([
    ['$1::int8', '9223372036854775807'],
    ['$1::numeric', '0.1000'],
    ['$1::date', '2026-02-28'],
    ['$1::timestamptz', '2026-02-28T23:59:59.999999Z'],
    ['$1::text', 'é😀 \\ "quoted" \'single\''],
    ['$1::text[]', ['a,b', '', 'NULL', '"', '\\', null]],
    ['$1::bytea', Buffer.from([0, 255, 92])],
    ['$1::bytea[]', [Buffer.from([0, 255])]],
    ['$1::jsonb', { a: ['x', null, 1.5], b: { c: true } }],
    ['$1::bool', false],
  ])('as %s reads back the same', async (expression, value) => {
    const db = new TenantDb(fabric.pool('finance'));
    const { rows } = await db.query(fabric.acme.context, `select ${expression} as value`, [value]);
    expect(rows).toEqual([{ value }]);
  });

  test('J22 as a JSON key is bound, never spliced', async () => {
    const db = new TenantDb(fabric.pool('finance'));
    const { rows } = await db.query(fabric.acme.context, 'select $1::jsonb ->> $2 as value', [
      { "a' || 'b": 'x' },
      "a' || 'b",
    ]);
    expect(rows).toEqual([{ value: 'x' }]);
  });
});

test('an array type that the driver does not know reads as its text', () => {
  expect(parserFor(9_999_999)('{1,2}')).toBe('{1,2}');
});
