import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { checkStatement } from '../../driver/sql-text.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

const forbidden = [
  'begin',
  'start transaction',
  'commit',
  'end',
  'rollback',
  'abort',
  'savepoint s',
  'release savepoint s',
  'prepare transaction $$x$$',
  "set app.tenant_id = 'x'",
  "set local app.tenant_id = 'x'",
  'set role postgres',
  'set session authorization postgres',
  'reset all',
  'discard all',
  'copy finance.accounts to stdout',
  'listen c',
  'notify c',
  'unlisten *',
  'do $$begin end$$',
  'call p()',
  'prepare p as select 1',
  'execute p',
  'deallocate all',
  'lock table finance.accounts',
  'declare c cursor with hold for select 1',
  'fetch all from c',
  'close all',
  'create table t ()',
  'drop table t',
  'alter table t disable row level security',
  'truncate t',
  'grant all on t to public',
  'vacuum',
  'security label on table t is null',
];
const prefixes = [
  '',
  '  \n\t',
  '-- select\n',
  '/* select */',
  '/* a /* nested */ b */ ',
  '(',
  ' /**/ ((',
];

describe('a statement', () => {
  test.each(forbidden)(
    'J19 %s is refused, whatever stands before it and however it is spelled (IB916)',
    async (sql) => {
      for (const prefix of prefixes) {
        for (const spelled of [sql, sql.toUpperCase(), `${sql};`]) {
          expect((await refusal(() => checkStatement(prefix + spelled))).code).toBe('IB916');
        }
      }
    },
  );

  test.each([
    'select 1; select 2',
    "select 1; set app.tenant_id = 'x'",
    'select 1;commit',
    'select 1 -- harmless\n; commit',
    "select ';' ; commit",
    "select E'\\'' ; commit",
    'select $a$ ; $a$ ; commit',
    'select ";" ; commit',
    'select a$b$ ; commit',
    "select date'2026-01-01\\'; commit --'",
    "select é'\\'; commit --'",
    'select 1 /* ; */ ; commit',
  ])('J19 %s is refused for being several (IB916)', async (sql) => {
    expect((await refusal(() => checkStatement(sql))).code).toBe('IB916');
  });

  test.each([
    "select set_config('app.tenant_id', $1, true)",
    "with x as (select SET_CONFIG('app.tenant_id', 'x', true)) select * from x",
    'select "set_config"($1, $2, $3)',
    "select query_to_xml('select set_config(1)', true, true, '')",
    "insert into finance.accounts select pg_catalog . set_config ('a', 'b', false)",
  ])('%s is refused for mentioning set_config (IB916)', async (sql) => {
    expect((await refusal(() => checkStatement(sql))).code).toBe('IB916');
  });

  test.each([
    'select pg_advisory_lock($1)',
    'select Pg_Try_Advisory_Lock(1, 2)',
    'select pg_catalog . pg_advisory_lock_shared (1)',
    'select "pg_try_advisory_lock_shared"(1) from finance.accounts',
  ])('%s is refused for locking a session that is not its own (IB916)', async (sql) => {
    const { code, hint } = await refusal(() => checkStatement(sql));
    expect([code, hint]).toEqual(['IB916', expect.stringContaining('pg_advisory_xact_lock')]);
  });

  test.each([
    'select pg_advisory_xact_lock(1)',
    'select pg_try_advisory_xact_lock_shared(1)',
    "select 'pg_advisory_lock' as name",
    'select pg_advisory_locks from app.settings',
  ])('%s passes', (sql) => {
    expect(checkStatement(sql)).toBeUndefined();
  });

  test.each([
    [''],
    [' ; '],
    ['-- nothing'],
    ['/* unclosed'],
    ['123'],
    ['a\0b'],
    [undefined],
    [null],
    [['select 1']],
    [{ text: 'select 1' }],
  ])('%j is refused for being no statement (IB916)', async (sql) => {
    expect((await refusal(() => checkStatement(sql))).code).toBe('IB916');
  });

  test.each([
    'select 1',
    '(select 1) union (select 2)',
    'SELECT 1;',
    'select 1 ; -- done',
    "select ';commit'",
    'select $$; commit$$, $q$ $$ ; $q$',
    'select "a;b" from t',
    "select E'\\';' || '''; commit'",
    'select 1 /* ; commit /* ; */ ; */',
    'with x as (select 1) insert into t select * from x',
    'insert into t values (1) on conflict do nothing',
    'update t set a = $1',
    'delete from t',
    'merge into t using s on true when matched then do nothing',
    'values (1), (2)',
    'table t',
    'explain (analyze) select 1',
    'show server_version',
    '/* comment */ -- and another\n select 1',
  ])('%s is taken', (sql) => {
    expect(() => checkStatement(sql)).not.toThrow();
  });

  test('is refused before the pool is touched', async () => {
    const pool = new UntouchedPool();
    const db = new TenantDb(pool);
    expect((await refusal(() => db.query(someone, 'commit'))).code).toBe('IB916');
    expect((await refusal(() => db.query(someone, 'select $1', forced({ 0: 1 })))).code).toBe(
      'IB923',
    );
    expect(pool.asked).toBe(0);
  });

  test('of any text is either taken or refused (IB916)', () => {
    const pieces = fc.constantFrom(
      "'",
      '"',
      '$$',
      '$a$',
      '/*',
      '*/',
      '--',
      '\n',
      ';',
      'select',
      ' ',
      'e',
      '\\',
      'commit',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        try {
          checkStatement(parts.join(''));
        } catch (error) {
          expect(error).toMatchObject({ code: 'IB916' });
        }
      }),
    );
  });
});
