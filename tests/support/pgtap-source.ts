import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readTarGz } from './tar.ts';

/** pgTAP as plain SQL, for servers that do not carry the extension. */
export interface PgtapSource {
  readonly version: string;
  readonly sql: string;
}

/** Reads pgTAP out of the pinned npm package; throws when the package has changed its layout. */
export function readPgtap(): PgtapSource {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite-pgtap');
  const archive = readFileSync(path.join(path.dirname(entry), 'pgtap.tar.gz'));
  for (const [file, sql] of readTarGz(archive)) {
    const version = /\/pgtap--(\d+\.\d+\.\d+)\.sql$/.exec(file)?.[1];
    if (version !== undefined) return { version, sql };
  }
  throw new Error('package @electric-sql/pglite-pgtap holds no pgtap--N.N.N.sql');
}
