import pg from 'pg';
import { importJournal } from '../import/importer.ts';
import { readImportTexts } from '../import/settings.ts';
import { openSource } from '../import/source.ts';
import { summarize } from '../import/summary.ts';
import { createLedger, MAX_CALL_LENGTH } from '../import/tenant-ledger.ts';
import { TenantDb } from '../tenant-db.ts';
import { namedId } from './challenge.ts';
import type { ImportBooks } from './trust.ts';

/**
 * Imports a journal that hledger printed as CSV into a company of its own, as `aibos journal import` does.
 *
 * `commodities` are texts such as `$=USD`. Accounts whose top-level name tells no type become assets. Throws what the import
 * throws: ImportError for a file that cannot be read, FabricError for the database.
 */
export function importDemoBooks(file: string, commodities: readonly string[]): ImportBooks {
  return async (login, tenant, contextKey) => {
    const companyId = namedId(`${tenant.slug} own books`);
    const pool = new pg.Pool({ ...login, max: 1 });
    pool.on('error', () => undefined);
    try {
      const db = new TenantDb(pool, { maxValueLength: MAX_CALL_LENGTH, contextKey });
      const context = {
        tenantId: tenant.tenantId,
        userId: tenant.userId,
        reason: 'trust test on own books',
      };
      await db.insert(context, 'companies', {
        id: companyId,
        code: 'own-books',
        name: 'Own books',
        functional_currency: tenant.currency,
      });
      const options = readImportTexts(file, {
        format: 'hledger-csv',
        company: companyId,
        commodity: commodities,
        defaultAccountType: 'asset',
      });
      const report = await importJournal(
        await openSource(file),
        createLedger(db, context),
        options,
      );
      return { companyId, summary: summarize(report) };
    } finally {
      await pool.end();
    }
  };
}
