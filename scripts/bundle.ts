import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleBundle } from '../driver/install/bundle.ts';
import { packageRoot, planes, sha256 } from '../driver/install/source.ts';

const folder = join(packageRoot, 'dist', 'sql');
await mkdir(folder, { recursive: true });
const sums: string[] = [];
for (const plane of planes) {
  const text = await assembleBundle(plane);
  await writeFile(join(folder, `${plane}.sql`), text);
  sums.push(`${sha256(text)}  ${plane}.sql`);
}
await writeFile(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
console.log(sums.join('\n'));
