import { describe, expect, test } from 'vitest';
import { shortDifference } from '../../driver/typegen/difference.ts';

describe('a short difference', () => {
  test.each([
    ['a\nb\nc', 'a\nb\nc', ''],
    ['a\nb\nc', 'a\nx\nc', 'line 2:\n- b\n+ x'],
    ['a\nc', 'a\nb\nc', 'line 2:\n+ b'],
    ['a\nb\nc', 'a\nc', 'line 2:\n- b'],
    ['a\na', 'a', 'line 2:\n- a'],
    ['', 'a', 'line 1:\n- \n+ a'],
    ['1\n2\n3\n4\n5\n6\n7\n8', '', 'line 1:\n- 1\n- 2\n- 3\n- 4\n- 5\n- 6\n- … 2 more\n+ '],
  ])('of %j and %j', (before, after, difference) => {
    expect(shortDifference(before, after)).toBe(difference);
  });
});
