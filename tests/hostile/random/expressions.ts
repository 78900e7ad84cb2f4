import format from 'pg-format';
import type { Dice } from './dice.ts';
import type { Column, Kind } from './relations.ts';

/** A name in scope and its columns. */
export interface Source {
  readonly alias: string;
  readonly columns: readonly Column[];
}

/** What expressions are drawn from. */
export interface Draw {
  readonly random: Dice;
  /** Ids that the attacker may know: those of both tenants. */
  readonly ids: readonly string[];
  /** Expressions of type text that change the context; none where they would succeed. */
  readonly spoofs: readonly string[];
  /** A query of one column of a kind, for sub-selects; undefined at the bottom. */
  readonly subquery: ((kind: Kind, outer: readonly Source[]) => string) | undefined;
}

const kinds: readonly Kind[] = ['uuid', 'text', 'number', 'date', 'instant', 'boolean'];

/** An expression of a kind over the columns in scope. */
export function expression(draw: Draw, kind: Kind, scope: readonly Source[], depth = 2): string {
  const { random, spoofs } = draw;
  if (kind === 'text' && spoofs.length > 0 && random.chance(0.2)) return random.pick(spoofs);
  const column = columnOf(draw, kind, scope);
  if (column !== undefined && random.chance(depth <= 0 ? 0.8 : 0.5)) return column;
  if (depth <= 0) return literal(draw, kind);
  const inner = (of: Kind): string => expression(draw, of, scope, depth - 1);
  const any = (): string => inner(random.pick(kinds));
  const choices: readonly (() => string)[] = [
    () => literal(draw, kind),
    () => `coalesce(${inner(kind)}, ${inner(kind)})`,
    () =>
      `case when ${condition(draw, scope, depth - 1)} then ${inner(kind)} else ${inner(kind)} end`,
    () => `nullif(${inner(kind)}, ${inner(kind)})`,
    () => subselect(draw, kind, scope) ?? inner(kind),
    ...(byKind[kind]?.(inner, any, random) ?? []),
  ];
  return random.pick(choices)();
}

/** A condition over the columns in scope. */
export function condition(draw: Draw, scope: readonly Source[], depth = 2): string {
  const { random } = draw;
  const kind = random.pick(kinds);
  const of = (wanted: Kind = kind): string => expression(draw, wanted, scope, depth - 1);
  const choices: readonly (() => string)[] = [
    () => `${of()} ${random.pick(['=', '<>', '<', '>=', 'is distinct from'])} ${of()}`,
    () => `${of()} is ${random.pick(['', 'not '])}null`,
    () => `${of()} in (${of()}, ${of()})`,
    () => `${of('text')} like ${random.pick(["'%a%'", "'canary%'", "'%'", "'_%-%'"])}`,
    () => `${of('text')} ~ ${random.pick(["'[0-9]+'", "'^c'", "'.*'"])}`,
    () => 'true',
    ...(depth > 0
      ? [
          () => `(${condition(draw, scope, depth - 1)} and ${condition(draw, scope, depth - 1)})`,
          () => `(${condition(draw, scope, depth - 1)} or ${condition(draw, scope, depth - 1)})`,
          () => `not (${condition(draw, scope, depth - 1)})`,
          () => {
            const query = draw.subquery?.(kind, scope);
            if (query === undefined) return 'true';
            return random.chance(0.5) ? `exists (${query})` : `${of()} = any (${query})`;
          },
        ]
      : []),
  ];
  return random.pick(choices)();
}

function subselect(draw: Draw, kind: Kind, scope: readonly Source[]): string | undefined {
  const query = draw.subquery?.(kind, scope);
  return query === undefined ? undefined : `(select * from (${query}) q limit 1)`;
}

function columnOf({ random }: Draw, kind: Kind, scope: readonly Source[]): string | undefined {
  const fit = scope.flatMap(({ alias, columns }) =>
    columns
      .filter((column) => column.kind === kind)
      .map(({ name }) => format('%I.%I', alias, name)),
  );
  return fit.length === 0 ? undefined : random.pick(fit);
}

/** Any column in scope as text, whatever its kind. */
export function anything({ random }: Draw, scope: readonly Source[]): string {
  const all = scope.flatMap(({ alias, columns }) =>
    columns.map(({ name }) => format('%I.%I', alias, name)),
  );
  return all.length === 0 ? 'null::text' : `${random.pick(all)}::text`;
}

function literal({ random, ids }: Draw, kind: Kind): string {
  const values: Readonly<Record<Kind, () => string>> = {
    uuid: () => (random.chance(0.7) ? format('%L::uuid', random.pick(ids)) : 'gen_random_uuid()'),
    text: () =>
      random.pick(["'EUR'", "'asset'", "'canary'", "''", "'open'", `'x' || ${random.below(9)}`]),
    number: () => String(random.below(1_000)),
    date: () => `date '2026-0${1 + random.below(6)}-1${random.below(10)}'`,
    instant: () => random.pick(['now()', "timestamptz '2026-02-01'", 'clock_timestamp()']),
    boolean: () => random.pick(['true', 'false', 'null::boolean']),
    other: () => 'null::text',
  };
  return values[kind]();
}

type Make = (
  inner: (kind: Kind) => string,
  any: () => string,
  random: Dice,
) => readonly (() => string)[];

const byKind: Readonly<Partial<Record<Kind, Make>>> = {
  text: (inner, any, random) => [
    () => `(${any()})::text`,
    () => `${random.pick(['lower', 'upper', 'reverse', 'md5', 'quote_literal'])}(${inner('text')})`,
    () => `(${inner('text')} || ${inner('text')})`,
    () => `left(${inner('text')}, ${1 + random.below(40)})`,
    () => `replace(${inner('text')}, '-', '')`,
    () => `format('%s/%L', ${any()}, ${any()})`,
    () => "current_setting('app.tenant_id', true)",
    () => `to_jsonb(${any()})::text`,
    () => `(row(${any()}, ${any()}))::text`,
  ],
  number: (inner, any, random) => [
    () => `(${inner('number')} ${random.pick(['+', '-'])} ${inner('number')})`,
    () => `abs(${inner('number')})`,
    () => `length(${inner('text')})`,
    () => `extract(month from ${inner('date')})`,
    () => `hashtext(${inner('text')})`,
    () => `octet_length((${any()})::text)`,
    () => `(${inner('number')} / nullif(${inner('number')}, 0))`,
  ],
  date: (inner) => [() => `(${inner('date')} + 1)`, () => `(${inner('instant')})::date`],
  instant: (inner) => [() => `date_trunc('month', ${inner('instant')})`],
  boolean: (inner) => [() => `(${inner('number')} > ${inner('number')})`],
  uuid: (inner) => [() => `((${inner('uuid')})::text)::uuid`],
};
