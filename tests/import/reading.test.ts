import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DATE_ORDERS, parseDate } from '../../driver/import/dates.ts';
import { decodeText, MAX_RECORD_BYTES } from '../../driver/import/decode.ts';
import { ImportError } from '../../driver/import/errors.ts';
import { readRows } from '../../driver/import/rows.ts';

async function* chunks(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Uint8Array, size?: number, delimiter?: string) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const rows: { line: number; endLine: number; cells: readonly string[] }[] = [];
  let error: unknown = null;
  try {
    for await (const piece of readRows(decodeText(chunks(bytes, size), 'utf-8'), delimiter)) {
      rows.push(...piece);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { rows, error, lines: rows.map((row) => row.line) };
}

describe('rows carry the line they begin on', () => {
  it.each([
    ['unix line ends', 'a,b\n1,2\n3,4\n'],
    ['windows line ends', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['old mac line ends', 'a,b\r1,2\r3,4\r'],
    ['no end of line at the end', 'a,b\n1,2\n3,4'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
  ])('with %s', async (_, text) => {
    for (const size of [1, 2, 3, 1000]) {
      const { rows, lines } = await read(text, size);
      expect(rows.map((row) => row.cells.join(' '))).toEqual(['a b', '1 2', '3 4']);
      expect(lines).toEqual([1, 2, 3]);
    }
  });

  it('counts blank lines and line ends inside quotes', async () => {
    const { rows } = await read('a,b\n\n"x\ny","z\r\n\r\nw"\n\n\n3,4\n', 2);
    expect(rows.map(({ line, endLine }) => [line, endLine])).toEqual([
      [1, 1],
      [3, 6],
      [9, 9],
    ]);
  });

  it('reads back any cells it is given, whatever the size of the pieces', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '€', '😀', '"', ',', '\n', '\r\n', ' '),
    });
    const table = fc.array(fc.tuple(cell, cell, fc.constant('end')), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (cells, size) => {
        const line = (row: string[]) =>
          row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
        const { rows, error } = await read(`${cells.map(line).join('\n')}\n`, size);
        expect(error).toBe(null);
        expect(rows.map((row) => row.cells)).toEqual(cells);
        let next = 1;
        for (const row of rows) {
          expect(row.line).toBe(next);
          next = row.line + row.cells.join('').split('\n').length;
        }
      }),
    );
  });
});

describe('a broken line is named and everything before it is kept', () => {
  it.each([
    ['too few columns', 'a,b\n1,2\n3\n5,6\n', 3, /line 3 has 1 columns/],
    ['too many columns', 'a,b\n1,2\n3,4,5\n', 3, /line 3 has 3 columns/],
    ['an unclosed quote', 'a,b\n1,2\n\n"3,4\n5,6\n', 4, /line 4 opens a quote/],
    [
      'text after a closing quote',
      'a,b\n1,2\n"3"x,4\n',
      3,
      /line 3 has a quote where none may stand/,
    ],
    ['a quote inside a bare cell', 'a,b\n1,2\n3"x,4\n', 3, /line 3 has a quote/],
    [
      'a record beyond 1 MiB',
      `a,b\n1,2\n"3,${'x\n'.repeat(MAX_RECORD_BYTES)}`,
      3,
      /line 3 .*longer than 1 MiB/,
    ],
  ])('%s', async (_, text, line, message) => {
    const { rows, error } = await read(text, 64 * 1024);
    expect(rows.slice(0, 2).map((row) => row.cells)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(rows.length).toBe(2);
    expect(error).toBeInstanceOf(ImportError);
    expect(error).toMatchObject({ code: 'IB952', line, message: expect.stringMatching(message) });
  });

  it('names the line of a byte that is not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a,b\n1,é\n3,4\n5,'),
      Buffer.from([0xe9]),
      Buffer.from('\n7,8\n'),
    ]);
    for (const size of [1, 5, 1000]) {
      const { rows, error } = await read(bytes, size);
      expect(rows.map((row) => row.cells.join(' '))).toEqual(['a b', '1 é', '3 4']);
      expect(error).toMatchObject({ code: 'IB952', line: 4 });
    }
  });

  it('refuses a line beyond 1 MiB without reading the rest of the file', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 65_536;
        yield Buffer.alloc(65_536, 'x');
      }
    }
    const reading = async () => {
      for await (const _ of readRows(decodeText(endless(), 'utf-8'))) expect(_).toEqual([]);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'IB952', line: 1 });
    expect(given).toBeLessThan(2 * MAX_RECORD_BYTES);
  });
});

describe('other encodings and delimiters', () => {
  it.each([
    ['windows-1252', Buffer.from([0x61, 0x2c, 0x80, 0x0a]), 'a|€'],
    ['iso-8859-1', Buffer.from([0x61, 0x2c, 0xe9, 0x0a]), 'a|é'],
    ['utf-16le', Buffer.from('\ufeffa,€\n', 'utf16le'), 'a|€'],
  ] as const)('%s is read', async (encoding, bytes, expected) => {
    const cells: string[] = [];
    for await (const rows of readRows(decodeText(chunks(bytes, 1), encoding))) {
      cells.push(...rows.map((row) => row.cells.join('|')));
    }
    expect(cells).toEqual([expected]);
  });

  it('a truncated UTF-16 file is refused (IB952)', async () => {
    const reading = async () => {
      for await (const _ of decodeText(
        chunks(Buffer.from([0x61, 0x00, 0x0a, 0x00, 0x62])),
        'utf-16le',
      )) {
        expect(_).toBe('a\n');
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'IB952', line: 2 });
  });

  it('a semicolon may part the columns', async () => {
    expect((await read('a;b\n1,5;2\n', 1000, ';')).rows.map((row) => row.cells)).toEqual([
      ['a', 'b'],
      ['1,5', '2'],
    ]);
  });
});

describe('dates', () => {
  it('are read in the order that is named', () => {
    expect(parseDate('2024-02-29', 'iso')).toBe('2024-02-29');
    expect(parseDate('2024/2/9', 'ymd')).toBe('2024-02-09');
    expect(parseDate('1.2.2024', 'dmy')).toBe('2024-02-01');
    expect(parseDate('1/2/2024', 'mdy')).toBe('2024-01-02');
  });

  it.each([
    ['2023-02-29', 'iso'],
    ['2024-13-01', 'iso'],
    ['2024-00-10', 'iso'],
    ['2024-1-1', 'iso'],
    ['01/02/2024', 'iso'],
    ['2024-01-01T00:00', 'iso'],
    ['1899-12-31', 'iso'],
    ['31.4.2024', 'dmy'],
    ['1.2/2024', 'dmy'],
    ['1/2/24', 'mdy'],
    ['13/1/2024', 'mdy'],
    ['', 'iso'],
    ['today', 'ymd'],
  ] as const)('"%s" is refused as %s (IB953)', (text, order) => {
    expect(() => parseDate(text, order)).toThrow(expect.objectContaining({ code: 'IB953' }));
  });

  it('agree with the calendar for every day and every order', () => {
    const days = fc.date({
      min: new Date('1900-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(days, fc.constantFrom(...DATE_ORDERS), (day, order) => {
        const iso = day.toISOString().slice(0, 10);
        const [y = '', m = '', d = ''] = iso.split('-');
        const text = { iso, ymd: `${y}/${m}/${d}`, dmy: `${d}/${m}/${y}`, mdy: `${m}/${d}/${y}` }[
          order
        ];
        expect(parseDate(text, order)).toBe(iso);
      }),
    );
  });
});

describe('without the package csv-parse', () => {
  afterEach(() => vi.doUnmock('csv-parse'));

  it('an import says what to install (IB959)', async () => {
    vi.doMock('csv-parse', () => {
      throw new Error('not found');
    });
    const { error } = await read('a,b\n');
    expect(error).toMatchObject({
      code: 'IB959',
      message: 'the package csv-parse is not installed',
    });
  });
});
