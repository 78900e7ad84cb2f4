import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ClientBase } from 'pg';
import { z } from 'zod';

/** A governance view and the columns that order it, so that the same data gives the same bytes. */
interface EvidenceView {
  readonly name: string;
  readonly order: string;
}

/** Views that a monitor may read, across tenants. */
export const governanceViews: readonly EvidenceView[] = [
  { name: 'kernel.v_governance_summary', order: 'check_name' },
  { name: 'kernel.v_tenant_health', order: 'slug' },
  { name: 'kernel.v_tenant_isolation_check', order: 'check_name, object' },
  { name: 'kernel.v_schema_boundary_check', order: 'check_name, object' },
  { name: 'finance.v_double_entry_check', order: 'check_name, object' },
  { name: 'finance.v_immutability_check', order: 'check_name, object' },
  { name: 'finance.v_journal_integrity_summary', order: 'tenant_id' },
];

/** Views that an auditor reads inside a tenant. */
export const tenantViews: readonly EvidenceView[] = [
  { name: 'finance.v_journal_integrity', order: 'journal_entry_id' },
  { name: 'finance.v_journal_leaf_check', order: 'journal_entry_id' },
];

/** A file of the evidence folder, as the manifest lists it. */
export interface EvidenceFile {
  readonly file: string;
  readonly sha256: string;
  readonly rows: number;
  readonly query: string;
}

/** One value as CSV: quoted where needed, and never read as a formula by a spreadsheet. */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV with a header line, records ended by CR LF as RFC 4180 has it. */
export function toCsv(
  columns: readonly string[],
  rows: readonly Record<string, unknown>[],
): string {
  const records = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return records.map((record) => `${record.map(csvField).join(',')}\r\n`).join('');
}

/**
 * Writes views as JSON and CSV into a folder and returns what the manifest must say of them.
 *
 * `prefix` goes before the file names. The client's role and context decide what is visible.
 */
export async function exportViews(
  client: ClientBase,
  views: readonly EvidenceView[],
  folder: string,
  prefix = '',
): Promise<readonly EvidenceFile[]> {
  await mkdir(folder, { recursive: true });
  const files: EvidenceFile[] = [];
  for (const view of views) {
    const query = `select * from ${view.name} order by ${view.order}`;
    const result = await client.query<Record<string, unknown>>(query);
    const columns = result.fields.map((field) => field.name);
    const texts = {
      json: `${JSON.stringify(result.rows, null, 2)}\n`,
      csv: toCsv(columns, result.rows),
    };
    for (const [ending, text] of Object.entries(texts)) {
      const file = `${prefix}${view.name}.${ending}`;
      await writeFile(join(folder, file), text);
      files.push({
        file,
        sha256: createHash('sha256').update(text).digest('hex'),
        rows: result.rows.length,
        query,
      });
    }
  }
  return files;
}

const manifestOfBefore = z.object({ files: z.array(z.object({ file: z.string() })) });

/** Removes what an earlier export left in a folder: the files its manifest lists, and nothing else. */
export async function clearEvidence(folder: string): Promise<void> {
  const path = join(folder, 'manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return;
  }
  for (const { file } of manifestOfBefore.parse(JSON.parse(text)).files) {
    await rm(join(folder, basename(file)), { force: true });
  }
  await rm(path);
}

/** Writes `manifest.json`: when, from where, and every file with its SHA-256, rows and query. */
export async function writeManifest(
  folder: string,
  facts: Readonly<Record<string, string>>,
  files: readonly EvidenceFile[],
): Promise<string> {
  const path = join(folder, 'manifest.json');
  const sorted = [...files].sort((a, b) => (a.file < b.file ? -1 : 1));
  await writeFile(path, `${JSON.stringify({ ...facts, files: sorted }, null, 2)}\n`);
  return path;
}
