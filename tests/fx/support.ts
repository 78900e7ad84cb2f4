import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { openRateFile } from '../../driver/fx/archive.ts';
import { type FxImportOptions, importRates } from '../../driver/fx/importer.ts';
import type { FxReport } from '../../driver/fx/report.ts';
import { RateStore } from '../../driver/fx/store.ts';
import { connectTenant } from '../../driver/import/connection.ts';
import type { Stage } from '../import/live-support.ts';
import { bytesOf } from '../import/support.ts';

/** Eighteen days of the reference rates, 544 of them, with 194 holes. */
export const extract = path.join(import.meta.dirname, '../../examples/rates/eurofxref-extract.csv');

type Options = Partial<FxImportOptions>;

/** Imports a file the way the command does. */
export async function importFile(
  stage: Stage,
  file: string,
  options: Options = {},
): Promise<FxReport> {
  return load(stage, await openRateFile(file), options);
}

/** Imports CSV text. */
export function importText(stage: Stage, text: string, options: Options = {}): Promise<FxReport> {
  return load(stage, bytesOf(text), options);
}

async function load(
  stage: Stage,
  bytes: AsyncIterable<Uint8Array>,
  options: Options,
): Promise<FxReport> {
  const { url, tenantId: tenant, userId } = stage;
  const whole = { file: 'test.csv', format: 'ecb', source: 'ECB', ...options } as const;
  const connection = { url, tenant, userId, requestId: randomUUID(), reason: 'rates for a test' };
  const { db, context, close } = await connectTenant(connection, 'aibos test');
  try {
    return await importRates(bytes, new RateStore(db, context, whole.source), whole);
  } finally {
    await close();
  }
}

/** A zip archive of named texts. */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const packed = deflateRawSync(text);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(text), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(Buffer.byteLength(text), 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const entry = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, Buffer.from(name), packed]);
    local.push(entry);
    central.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), facts, place, Buffer.from(name));
    offset += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\u0005\u0006'), end]);
}
