import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { type PgtapReport, readReport } from './pgtap-report.ts';
import { ignoreLateErrors } from './run.ts';

const folder = path.join(import.meta.dirname, '../../pgtap');
const statementLimitMs = 60_000;

/** Every pgTAP file of the project relative to `pgtap/`, sorted; its support folder holds helpers. */
export function pgtapFiles(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('.sql') && !file.startsWith('support/'))
    .sort();
}

/** Where a file of {@link pgtapFiles} is. */
export function pgtapPath(file: string): string {
  return path.join(folder, file);
}

/** Runs the SQL of a pgTAP file on a connection of its own and reads what it says; never rejects for what the file does. */
export async function runPgtap(config: pg.ClientConfig, sql: string): Promise<PgtapReport> {
  const client = ignoreLateErrors(
    new pg.Client({ ...config, statement_timeout: statementLimitMs, application_name: 'pgtap' }),
  );
  await client.connect();
  const values: string[] = [];
  try {
    const failure = await execute(client, sql, values);
    if (failure !== undefined) await client.query('rollback').catch(() => {});
    return readReport(values, failure);
  } finally {
    await client.end();
  }
}

/** Runs the file `file` of {@link pgtapFiles}. */
export function runPgtapFile(config: pg.ClientConfig, file: string): Promise<PgtapReport> {
  return runPgtap(config, readFileSync(pgtapPath(file), 'utf8'));
}

/** Sends all statements and collects each row as psql prints it; resolves with the error that ended them. */
function execute(client: pg.Client, sql: string, values: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const config: pg.QueryArrayConfig = {
      text: sql,
      rowMode: 'array',
      types: { getTypeParser: () => (value: string) => value },
    };
    const query = new pg.Query<(string | null)[]>(config);
    query.on('row', (row) => {
      values.push(row.map((value) => value ?? '').join('|'));
    });
    query.on('end', () => resolve(undefined));
    query.on('error', (reason) => resolve(failureText(reason, sql)));
    client.query(query);
  });
}

function failureText(reason: Error, sql: string): string {
  if (!(reason instanceof pg.DatabaseError)) return `the file ended early: ${reason.message}`;
  const position = Number(reason.position);
  const line = Number.isNaN(position)
    ? ''
    : ` at line ${sql.slice(0, position).split('\n').length}`;
  return [
    `the file ended early${line}: ${reason.code} ${reason.message}`,
    ...[reason.detail, reason.hint, reason.where].filter((part) => part !== undefined),
  ].join('\n');
}
