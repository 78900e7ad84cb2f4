import { gunzipSync } from 'node:zlib';

const block = 512;

/** Reads the files of a gzipped ustar archive into a map from path to text. */
export function readTarGz(archive: Uint8Array): ReadonlyMap<string, string> {
  const bytes = gunzipSync(archive);
  const files = new Map<string, string>();
  for (let at = 0; at + block <= bytes.length; ) {
    const header = bytes.subarray(at, at + block);
    const name = field(header, 0, 100);
    if (name === '') break;
    const prefix = field(header, 257, 5) === 'ustar' ? field(header, 345, 155) : '';
    const size = Number.parseInt(field(header, 124, 12), 8);
    if (!Number.isSafeInteger(size)) throw new Error(`broken tar header of ${name}`);
    const type = field(header, 156, 1);
    const start = at + block;
    if (type === '0' || type === '') {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      files.set(path, bytes.subarray(start, start + size).toString('utf8'));
    }
    at = start + Math.ceil(size / block) * block;
  }
  return files;
}

function field(header: Buffer, start: number, length: number): string {
  const raw = header.subarray(start, start + length);
  const end = raw.indexOf(0);
  return raw
    .subarray(0, end === -1 ? length : end)
    .toString('latin1')
    .trim();
}
