import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { toFabricError } from '../../driver/errors.ts';
import { FabricError, TenantRequiredError } from '../../driver/index.ts';

function serverError(fields: Partial<pg.DatabaseError>): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(fields.message ?? 'refused', 0, 'error'), {
    severity: 'ERROR',
    ...fields,
  });
}

describe('an error of the server', () => {
  test('keeps all that the server said, and itself as cause', () => {
    const facts = {
      message: 'no',
      code: '23514',
      severity: 'ERROR',
      detail: 'd',
      hint: 'h',
      schema: 's',
      table: 't',
      column: 'c',
      constraint: 'k',
    };
    const cause = serverError(facts);
    const error = toFabricError(cause);
    expect(error).toBeInstanceOf(FabricError);
    expect(error).toMatchObject({ ...facts, retryable: false });
    expect(error.cause).toBe(cause);
  });

  test('is told by its code alone, never by its message', () => {
    const lookalike = toFabricError(serverError({ code: '23514', message: 'tenant_id required' }));
    expect(lookalike).not.toBeInstanceOf(TenantRequiredError);
    const denied = toFabricError(serverError({ code: '42501', message: 'permission denied' }));
    expect(denied.constructor).toBe(FabricError);
  });

  test.each([
    ['40001', true],
    ['40P01', true],
    ['40002', false],
    ['23505', false],
    ['57014', false],
    ['IB201', false],
  ])('%s is worth another try: %s', (code, retryable) => {
    expect(toFabricError(serverError({ code })).retryable).toBe(retryable);
  });
});

describe('any other error', () => {
  test.each([
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    [new AggregateError([new Error('a')], '')],
    ['a string'],
    [undefined],
  ])('is a failure of the connection (IB922)', (reason) => {
    const error = toFabricError(reason);
    expect(error).toMatchObject({ code: 'IB922', retryable: true });
    expect(error.message).toMatch(/^the connection failed: ./);
  });

  test('of the driver itself passes unchanged', () => {
    const error = new TenantRequiredError('x');
    expect(toFabricError(error)).toBe(error);
  });
});

test('every error says its name, code and next step', () => {
  const error = new TenantRequiredError('The context names no tenant.');
  expect(error.name).toBe('TenantRequiredError');
  expect(String(error)).toBe('TenantRequiredError: tenant_id required');
  expect(error.hint).toBeTruthy();
});
