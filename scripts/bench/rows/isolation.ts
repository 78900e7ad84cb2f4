import { tenantId, tenants } from '../books.ts';
import {
  type Comparison,
  type Measure,
  type StatementValues,
  sqlVariant,
  type Variant,
} from '../variant.ts';
import type { PreparedStatement } from '../wire.ts';
import { contextOf, contextStatement } from './posting.ts';

/** Rows of the table that point selects read. */
export const pointRows = 200_000;
const scanRows = 1_000_000;
const manyTenants = 100_000;

/** Point select and sequential scan under the tenant policy against an explicit predicate; one tenant against many. */
export function isolationComparisons(scale: number): readonly Comparison[] {
  const rows = Math.ceil(pointRows * scale);
  const scanned = Math.ceil(scanRows * scale);
  const many = Math.ceil(manyTenants * scale);
  return [
    {
      row: 'rls',
      title: `point select among ${count(rows)} rows, 4 clients`,
      clients: 4,
      transactions: Math.ceil(6000 * scale),
      synchronousCommit: 'off',
      writes: false,
      prepare: [...table('plain', rows, tenants), ...table('isolated', rows, tenants, true)],
      variants: [
        sqlVariant(
          { name: 'no RLS', summary: 'explicit predicate, the context sent all the same' },
          [contextStatement, selectFrom('plain')],
          pointValues(rows, tenants),
        ),
        sqlVariant(
          { name: 'no RLS, no context', summary: 'explicit predicate alone' },
          [selectFrom('plain')],
          (draw) => pointValues(rows, tenants)(draw).slice(1),
        ),
        isolatedSelect(rows, tenants, [
          { variant: 'no RLS', hold: 0.95 },
          { variant: 'no RLS, no context' },
        ]),
      ],
    },
    {
      row: 'rls',
      title: `sequential scan of ${count(scanned)} rows, 1 client`,
      clients: 1,
      transactions: Math.ceil(4 * scale),
      synchronousCommit: 'off',
      writes: false,
      settings: {
        enable_indexscan: 'off',
        enable_indexonlyscan: 'off',
        enable_bitmapscan: 'off',
        max_parallel_workers_per_gather: '0',
      },
      prepare: [...table('plain', scanned, 2), ...table('isolated', scanned, 2, true)],
      variants: [
        sqlVariant(
          { name: 'no RLS', summary: 'explicit predicate, the context sent all the same' },
          [contextStatement, scanOf('plain', ' where tenant_id = $1')],
          () => [contextOf(0), [tenantId(0)]],
        ),
        sqlVariant(
          {
            name: 'RLS',
            summary: 'aibos.isolate_tenant on the table, no predicate',
            against: [{ variant: 'no RLS', hold: 0.95 }],
          },
          [contextStatement, scanOf('isolated', '')],
          () => [contextOf(0), []],
        ),
      ],
    },
    {
      row: 'tenants',
      title: `point select under RLS among ${count(rows)} rows, 4 clients`,
      clients: 4,
      transactions: Math.ceil(6000 * scale),
      synchronousCommit: 'off',
      writes: false,
      prepare: [...table('isolated', rows, 1, true), ...table('plain', rows, many, true)],
      variants: [
        { ...isolatedSelect(rows, 1, []), name: '1 tenant' },
        sqlVariant(
          {
            name: `${count(many)} tenants`,
            summary: 'the same number of rows, dealt out to many tenants',
            against: [{ variant: '1 tenant', hold: 0.95 }],
          },
          [contextStatement, { name: 'select', text: selectFrom('plain').text }],
          pointValues(rows, many),
        ),
      ],
    },
  ];
}

function isolatedSelect(rows: number, ofTenants: number, against: readonly Measure[]): Variant {
  return sqlVariant(
    {
      name: 'RLS',
      summary: 'aibos.isolate_tenant on the table, the context in the same round trip',
      against,
    },
    [contextStatement, selectFrom('isolated')],
    pointValues(rows, ofTenants),
  );
}

/** A point select from a table of {@link table}. */
export function selectFrom(name: string): PreparedStatement {
  return {
    name: `select ${name}`,
    text: `select amount_cents, memo from bench_rls.${name} where tenant_id = $1 and id = $2`,
  };
}

function scanOf(name: string, condition: string): PreparedStatement {
  return {
    name: `scan ${name}`,
    text: `select sum(amount_cents) from bench_rls.${name}${condition}`,
  };
}

/** The context of a tenant that has a row, and its key. */
export function pointValues(rows: number, ofTenants: number): StatementValues {
  return (draw) => {
    const row = draw(rows);
    const tenant = row % ofTenants;
    return [contextOf(tenant), [tenantId(tenant), row]];
  };
}

/** SQL that makes a table of rows dealt out to tenants in turn, and perhaps isolates it. */
export function table(
  name: string,
  rows: number,
  ofTenants: number,
  isIsolated = false,
): readonly string[] {
  return [
    `create schema if not exists bench_rls;
    grant usage on schema bench_rls to aibos_finance_role;
    create table bench_rls.${name} (
      tenant_id uuid not null, id integer not null, amount_cents bigint not null, memo text not null,
      primary key (tenant_id, id)
    );
    grant select on bench_rls.${name} to aibos_finance_role;
    insert into bench_rls.${name}
    select format('00000001-%s-4000-8000-%s', lpad((n % ${ofTenants} % 10000)::text, 4, '0'),
        lpad((n % ${ofTenants} / 10000)::text, 12, '0'))::uuid,
      n, n, 'A note of some forty characters or so, here'
    from generate_series(0, ${rows - 1}) as n`,
    `vacuum analyze bench_rls.${name}`,
    ...(isIsolated ? [`call aibos.isolate_tenant('bench_rls.${name}')`] : []),
  ];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
