import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRateFile } from '../../driver/fx/archive.ts';
import { asSuperuser, stageTenant } from '../import/live-support.ts';
import { openDatabase } from '../support/database.ts';
import { importFile } from './support.ts';

const file = path.join(import.meta.dirname, '../../../shared/data/fx/eurofxref-hist.zip');

/** The cells of the file, split in the plainest way. */
async function cellsOf(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await openRateFile(file)) chunks.push(chunk);
  const [header = '', ...lines] = Buffer.concat(chunks).toString('latin1').trim().split('\n');
  const codes = header.split(',');
  return new Map(
    lines.map((line) => {
      const cells = line.split(',');
      const rates = codes.flatMap((code, at) => {
        const cell = cells[at] ?? '';
        return at > 0 && code !== '' && cell !== '' && cell !== 'N/A'
          ? [[code, cell] as const]
          : [];
      });
      return [cells[0] ?? '', new Map(rates)];
    }),
  );
}

/** `far / near` to 18 decimals, cut off, from decimals as texts. */
function quotient(far: string, near: string): string {
  const scaled = (text: string): bigint => {
    const [whole = '', decimals = ''] = text.split('.');
    return BigInt(whole + decimals.padEnd(6, '0'));
  };
  const digits = ((scaled(far) * 10n ** 18n) / scaled(near)).toString().padStart(19, '0');
  return `${digits.slice(0, -18)}.${digits.slice(-18)}`;
}

describe('the whole history of reference rates', () => {
  it('is loaded once, and found again as the file has it', async (context) => {
    if (!existsSync(file)) context.skip(`${path.basename(file)} is not beside the repository`);
    const cells = await cellsOf();
    const all = [...cells.values()].reduce((sum, rates) => sum + rates.size, 0);
    expect([cells.size, all]).toEqual([6_983, 217_555]);

    const stage = await stageTenant(await openDatabase());
    const first = await importFile(stage, file);
    expect(first).toMatchObject({
      stopped: null,
      rates: { read: all, loaded: all, already: 0, different: 0 },
      days: { first: '1999-01-04', last: '2026-04-13' },
    });
    const second = await importFile(stage, file);
    expect(second.rates).toEqual({ read: all, loaded: 0, already: all, different: 0 });

    // Every 97th day, and of it each currency against the one before it.
    const asked = [...cells].flatMap(([day, rates], at) => {
      if (at % 97 !== 0) return [];
      const quotes = [...rates];
      return quotes.map(([quote, rate], position) => {
        const [base, near] = quotes.at(position - 1) ?? ['', ''];
        return { day, base, quote, rate, cross: base === quote ? '' : quotient(rate, near) };
      });
    });
    const found = await asSuperuser<{ rate: string; cross: string }>(
      stage,
      `select trim_scale(d.rate)::text as rate, trunc(c.rate, 18)::text as cross
       from unnest($1::date[], $2::text[], $3::text[]) with ordinality as a (day, base, quote, position)
       cross join lateral finance.fx_rate_on('EUR', a.quote, a.day, 'ECB') d
       cross join lateral finance.fx_rate_on(a.base, a.quote, a.day, 'ECB') c
       order by a.position`,
      [asked.map(({ day }) => day), asked.map(({ base }) => base), asked.map(({ quote }) => quote)],
    );
    expect(asked.length).toBeGreaterThan(2_000);
    expect(found.map(({ rate }) => Number(rate))).toEqual(asked.map(({ rate }) => Number(rate)));
    expect(found.map(({ cross }) => cross)).toEqual(asked.map(({ cross }) => cross));
  }, 900_000);
});
