import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../driver/install/source.ts';

const marks = /(<!-- transcript -->\n```\n)([\s\S]*?)(```\n<!-- \/transcript -->)/;

/** What `npm run demo:trust` prints on the embedded server, with the checkout's path left out. */
export function recordTranscript(evidence: string): {
  readonly text: string;
  readonly status: number | null;
} {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const result = spawnSync(
    process.execPath,
    [tsx, join(packageRoot, 'driver/cli/main.ts'), 'demo', 'trust', '--evidence', evidence],
    {
      encoding: 'utf8',
      env: { ...process.env, AIBOS_DB: 'embedded', DATABASE_URL: '', NO_COLOR: '1' },
    },
  );
  return { text: result.stdout.replaceAll(`${packageRoot}/`, ''), status: result.status };
}

/** A transcript without what differs from run to run: ids, ports and the suffix of the installer. */
export function normalised(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/127\.0\.0\.1:\d+, PostgreSQL .*/g, '127.0.0.1:<port>, PostgreSQL <version>')
    .replaceAll(/aibos_demo_installer_[0-9a-f]+/g, 'aibos_demo_installer_<suffix>')
    .replaceAll(/in \S*manifest\.json/g, 'in <folder>/manifest.json')
    .replaceAll(/\(\d+\.\d+\)/g, '(<release>)');
}

/** The transcript that the README shows. */
export async function readTranscript(): Promise<string> {
  return marks.exec(await readFile(join(packageRoot, 'README.md'), 'utf8'))?.[2] ?? '';
}

if (process.argv[1] === import.meta.filename) {
  const { text, status } = recordTranscript(join(packageRoot, 'evidence/trust'));
  if (status !== 0) throw new Error(`the trust test ended with ${status}:\n${text}`);
  const path = join(packageRoot, 'README.md');
  const readme = await readFile(path, 'utf8');
  await writeFile(
    path,
    readme.replace(marks, (_, before, __, after) => `${before}${text}${after}`),
  );
}
