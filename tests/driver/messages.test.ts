import { describe, expect, test } from 'vitest';
import { MessageWriter } from '../../driver/messages.ts';

const bound = (values: readonly (string | Buffer | null)[]) => {
  const writer = new MessageWriter();
  writer.bind('name', values);
  const bytes = writer.take();
  expect(bytes.readInt32BE(1)).toBe(bytes.length - 1);
  return bytes.subarray(5);
};

describe('a message', () => {
  test('carries text as UTF-8 and bytes as they are, each with its length and form', () => {
    expect(bound(['é', Buffer.from([0, 255]), null, ''])).toEqual(
      Buffer.concat([
        Buffer.from('\0name\0\0\x04\0\0\0\x01\0\0\0\0\0\x04', 'latin1'),
        Buffer.from([0, 0, 0, 2, 0xc3, 0xa9]),
        Buffer.from([0, 0, 0, 2, 0, 255]),
        Buffer.from([255, 255, 255, 255]),
        Buffer.from([0, 0, 0, 0]),
        Buffer.from([0, 0]),
      ]),
    );
  });

  test('may be larger than the buffer it is written into, and the next one is not', () => {
    const long = '€'.repeat(200_000);
    expect(bound([long]).includes(long)).toBe(true);
    const writer = new MessageWriter();
    writer.bind('', [Buffer.alloc(1_000_000, 7)]);
    expect(writer.take().length).toBeGreaterThan(1_000_000);
    writer.sync();
    expect(writer.take()).toEqual(Buffer.from([0x53, 0, 0, 0, 4]));
  });

  test('carries 65,535 parameters', () => {
    const bytes = bound(Array.from({ length: 65_535 }, () => null));
    expect(bytes.readUInt16BE(6)).toBe(65_535);
  });

  test('that was not sent is forgotten', () => {
    const writer = new MessageWriter();
    writer.parse('', 'select 1');
    writer.clear();
    writer.execute();
    writer.describe();
    writer.close('x');
    expect(writer.take().toString('latin1')).toBe(
      'E\0\0\0\x09\0\0\0\0\0D\0\0\0\x06P\0C\0\0\0\x07Sx\0',
    );
  });
});
