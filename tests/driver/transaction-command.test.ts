import { describe, expect, test } from 'vitest';
import { readCommand } from '../../driver/transaction-command.ts';
import { refusal } from './support/refusal.ts';

describe('a command of transaction control', () => {
  test.each([
    ['begin', { kind: 'begin' }],
    ['BEGIN TRANSACTION;', { kind: 'begin' }],
    [' begin  work ', { kind: 'begin' }],
    ['start transaction', { kind: 'begin' }],
    ['commit', { kind: 'commit' }],
    ['END', { kind: 'commit' }],
    ['commit work;', { kind: 'commit' }],
    ['rollback', { kind: 'rollback' }],
    ['ABORT TRANSACTION', { kind: 'rollback' }],
    ['savepoint sp1', { kind: 'savepoint', name: 'sp1' }],
    ['SAVEPOINT Sp1', { kind: 'savepoint', name: 'sp1' }],
    ['savepoint "Sp ""1"', { kind: 'savepoint', name: 'Sp "1' }],
    ['release sp1', { kind: 'release', name: 'sp1' }],
    ['release savepoint "sp1"', { kind: 'release', name: 'sp1' }],
    ['rollback to sp1', { kind: 'rollback to', name: 'sp1' }],
    ['rollback transaction to savepoint sp1;', { kind: 'rollback to', name: 'sp1' }],
  ])('is read out of %j', (text, command) => {
    expect(readCommand(text)).toEqual(command);
  });

  test.each([
    'select 1',
    'commit; set role postgres',
    'begin; select 1',
    'begin isolation level serializable; commit',
    'commit and chain',
    "commit prepared 'x'",
    'rollback and chain',
    'savepoint sp1; commit',
    'savepoint sp-1',
    'release savepoint "a" "b"',
    'beginning',
    'committed',
    'begin nonsense',
    `commit${' '.repeat(600)}`,
    '/* x */ commit',
  ])('is not read out of %j', (text) => {
    expect(readCommand(text)).toBeUndefined();
  });

  test.each([
    'begin isolation level serializable',
    'start transaction isolation level repeatable read, read only',
    'begin read write deferrable',
    'BEGIN TRANSACTION READ ONLY;',
  ])('with settings of its own is refused (IB995): %s', async (text) => {
    expect((await refusal(() => readCommand(text))).code).toBe('IB995');
  });
});
