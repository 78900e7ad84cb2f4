import type { HostileCase } from './case.ts';
import { auditCases } from './cases/audit.ts';
import { contextCases } from './cases/context.ts';
import { keyCases } from './cases/keys.ts';
import { ledgerCases } from './cases/ledger.ts';
import { nameCases } from './cases/names.ts';
import { partitionCases } from './cases/partitions.ts';
import { polymorphicCases } from './cases/polymorphic.ts';
import { privilegeCases } from './cases/privileges.ts';
import { readingCases } from './cases/reading.ts';
import { referenceCases } from './cases/references.ts';
import { roleCases } from './cases/roles.ts';
import { spoofingCases } from './cases/spoofing.ts';
import { statisticsCases } from './cases/statistics.ts';
import { tokenCases } from './cases/tokens.ts';
import { writingCases } from './cases/writing.ts';
import { listeningCase } from './listening.ts';
import type { CaseName } from './model.ts';
import { poolCases } from './pool-cases.ts';

/** Every case that is SQL of the application role. */
export const sqlCases: readonly HostileCase[] = [
  ...[
    contextCases,
    spoofingCases,
    tokenCases,
    roleCases,
    nameCases,
    readingCases,
    writingCases,
  ].flat(),
  ...[
    referenceCases,
    polymorphicCases,
    keyCases,
    statisticsCases,
    partitionCases,
    privilegeCases,
    ledgerCases,
    auditCases,
  ].flat(),
];

/** What is tried and what should happen, of every case, by group and id. */
export const caseNames: readonly CaseName[] = [...sqlCases, ...poolCases, listeningCase]
  .map(({ id, group, title, should }) => ({ id, group, title, should }))
  .sort(
    (a, b) => a.group.localeCompare(b.group) || a.id.localeCompare(b.id, 'en', { numeric: true }),
  );
