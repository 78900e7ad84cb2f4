import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AmountFormat,
  formatMinorUnits,
  MAX_MINOR_UNITS,
  MoneyError,
  parseMinorUnits,
} from '../driver/money.ts';

function codeOf(text: string, exponent = 2, format: AmountFormat = {}): string {
  try {
    return `read as ${parseMinorUnits(text, exponent, format)}`;
  } catch (error) {
    if (error instanceof MoneyError) return error.code;
    throw error;
  }
}

const minorUnits = fc.bigInt({ min: -MAX_MINOR_UNITS, max: MAX_MINOR_UNITS });
const exponents = fc.integer({ min: 0, max: 18 });

describe('an amount is read exactly', () => {
  it('reads back every amount it writes, at every exponent', () => {
    fc.assert(
      fc.property(minorUnits, exponents, (amount, exponent) => {
        expect(parseMinorUnits(formatMinorUnits(amount, exponent), exponent)).toBe(amount);
      }),
    );
  });

  it('gives the same value with grouping, a decimal comma and spaces around', () => {
    fc.assert(
      fc.property(minorUnits, fc.integer({ min: 1, max: 8 }), (amount, exponent) => {
        const [whole = '', fraction = ''] = formatMinorUnits(amount, exponent).split('.');
        const text = ` ${whole.replace(/\B(?=(\d{3})+$)/g, '.')},${fraction} `;
        expect(parseMinorUnits(text, exponent, { decimal: ',', thousands: '.' })).toBe(amount);
      }),
    );
  });

  it('takes zeros beyond the exponent and refuses any other digit there (IB941)', () => {
    fc.assert(
      fc.property(
        minorUnits,
        fc.integer({ min: 1, max: 8 }),
        fc.stringMatching(/^[0-9]{1,6}$/),
        (amount, exponent, extra) => {
          const text = formatMinorUnits(amount, exponent) + extra;
          const expected = /[1-9]/.test(extra) ? 'IB941' : `read as ${amount}`;
          expect(codeOf(text, exponent)).toBe(expected);
        },
      ),
    );
  });

  it('negates with the sign and adds up like the decimals do', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 16n), fc.bigInt(0n, 10n ** 16n), (left, right) => {
        const sum =
          parseMinorUnits(formatMinorUnits(left, 2), 2) +
          parseMinorUnits(formatMinorUnits(right, 2), 2);
        expect(sum).toBe(left + right);
        expect(parseMinorUnits(`-${formatMinorUnits(left, 2)}`, 2)).toBe(-left);
      }),
    );
  });

  it('answers any text with an exact amount or a coded refusal', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(..."0123456789.,-+()' _eE$\u2212\u00a0"), maxLength: 24 }),
    );
    const formats = fc.record({
      decimal: fc.constantFrom<'.' | ','>('.', ','),
      thousands: fc.constantFrom<AmountFormat['thousands']>(undefined, ' ', "'", '_'),
      parentheses: fc.boolean(),
    });
    fc.assert(
      fc.property(texts, exponents, formats, (text, exponent, format) => {
        const result = codeOf(text, exponent, format);
        expect(result).toMatch(/^(IB94[0-4]|read as -?\d+)$/);
        if (!result.startsWith('IB')) {
          const amount = parseMinorUnits(text, exponent, format);
          expect(amount <= MAX_MINOR_UNITS && amount >= -MAX_MINOR_UNITS).toBe(true);
          const digits = text.replace(/[^0-9]/g, '').replace(/^0+|0+$/g, '');
          expect((amount < 0n ? -amount : amount).toString().replace(/^0+|0+$/g, '')).toBe(digits);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what an amount may look like', () => {
  it.each([
    ['0', 2, 0n],
    ['-0.00', 2, 0n],
    ['+7', 0, 7n],
    ['.5', 2, 50n],
    ['0.1', 8, 10_000_000n],
    ['1.500', 2, 150n],
    ['000000000000000000000000001.00', 2, 100n],
    ['- 3.10', 2, -310n],
    ['1000000000000000.00', 2, MAX_MINOR_UNITS],
    ['0.29', 2, 29n],
    ['4.35', 2, 435n],
    ['90071992547409.93', 2, 9_007_199_254_740_993n],
  ])('%s at exponent %i is %s', (text, exponent, amount) => {
    expect(parseMinorUnits(text, exponent)).toBe(amount);
  });

  it.each([
    ['', 'IB940'],
    ['   ', 'IB940'],
    ['-', 'IB940'],
    ['.', 'IB940'],
    ['5.', 'IB940'],
    ['1e5', 'IB940'],
    ['NaN', 'IB940'],
    ['Infinity', 'IB940'],
    ['$1.00', 'IB940'],
    ['USD 1.00', 'IB940'],
    ['0x10', 'IB940'],
    ['١٢', 'IB940'],
    ['1.005', 'IB941'],
    ['0.001', 'IB941'],
    ['1,000.00', 'IB942'],
    ['1,50', 'IB942'],
    ['1 000.00', 'IB942'],
    ["1'000.00", 'IB942'],
    ['1.000.00', 'IB942'],
    ['--1', 'IB943'],
    ['+-1', 'IB943'],
    ['1-', 'IB943'],
    ['1.50 -', 'IB943'],
    ['(1.50)', 'IB943'],
    ['-(1.50)', 'IB943'],
    ['(1.50', 'IB943'],
    ['\u22121.50', 'IB943'],
    ['1000000000000000.01', 'IB944'],
    ['-1000000000000000.01', 'IB944'],
  ])('"%s" is refused (%s)', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('refuses a hundred thousand digits as too large (IB944)', () => {
    expect(codeOf('9'.repeat(100_000))).toBe('IB944');
  });

  it('reads thousands marks only where they stand between groups of three', () => {
    const grouped = { thousands: ',' } as const;
    expect(codeOf('1,234,567.89', 2, grouped)).toBe('read as 123456789');
    expect(codeOf('1234.5', 2, grouped)).toBe('read as 123450');
    for (const text of [
      '12,34.00',
      '1,2345.00',
      ',123.00',
      '1,,000.00',
      '1,000.0,0',
      '1234,567.00',
    ]) {
      expect(codeOf(text, 2, grouped), text).toBe('IB942');
    }
  });

  it('reads the no-break spaces as the space between groups', () => {
    for (const space of [' ', '\u00a0', '\u202f']) {
      expect(parseMinorUnits(`1${space}234,50`, 2, { decimal: ',', thousands: ' ' })).toBe(
        123_450n,
      );
    }
  });

  it('reads parentheses as minus where they are said to mean that, and no second sign inside', () => {
    expect(codeOf('(1.50)', 2, { parentheses: true })).toBe('read as -150');
    expect(codeOf('( 1.50 )', 2, { parentheses: true })).toBe('read as -150');
    for (const text of ['(-1.50)', '-(1.50)', '((1.50))', '(1.50', '1.50)']) {
      expect(codeOf(text, 2, { parentheses: true }), text).toBe('IB943');
    }
  });

  it('refuses an exponent or a pair of marks that cannot be meant (IB945)', () => {
    expect(codeOf('1', -1)).toBe('IB945');
    expect(codeOf('1', 2.5)).toBe('IB945');
    expect(codeOf('1', 19)).toBe('IB945');
    expect(codeOf('1', 2, { decimal: ',', thousands: ',' })).toBe('IB945');
  });

  it('names the currency and says what to do', () => {
    const read = () => parseMinorUnits('1.005', 2, { currency: 'USD' });
    expect(read).toThrow('"1.005" has more decimals than USD allows (2)');
    expect(read).toThrow(expect.objectContaining({ hint: expect.stringMatching(/never rounded/) }));
  });
});
