import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { CaseName, Trial } from '../model.ts';
import { freshId, insertOf, updatable } from '../rows.ts';
import type { Scene } from '../scene.ts';
import type { TableFacts } from '../tables.ts';

/** A case over every audit log of the fabric. */
function overLogs(
  name: CaseName,
  write: (log: TableFacts, scene: Scene) => Omit<Trial, 'target'>,
): HostileCase {
  return {
    ...name,
    trials: (scene) => {
      const logs = scene.tables.filter((table) => /\.audit_events$/.test(table.name));
      if (logs.length === 0) return { verdict: 'NOT APPLICABLE', reason: 'there is no audit log' };
      return logs.map((log) => ({ target: log.name, ...write(log, scene) }));
    },
  };
}

const logged = (id: string, title: string, should = '42501 or IB3'): CaseName => ({
  ...{ id, group: 'N', title, should },
});
const refused = { outcome: 'refused' } as const;

/** Group N: what an application role may try on the audit log. */
export const auditCases: readonly HostileCase[] = [
  overLogs(logged('N1', 'Rewrite events'), (log) => ({
    steps: [`update ${log.name} set actor = null`],
    expect: refused,
  })),
  overLogs(logged('N2', 'Erase events'), (log) => ({
    steps: [`delete from ${log.name}`],
    // Keys that lead to events are looked at after the row is gone.
    expect: { ...refused, past: /^23/ },
  })),
  overLogs(logged('N3', 'Truncate the log'), (log) => ({
    steps: [`truncate ${log.name}`],
    expect: { ...refused, past: /^(?:55P03|0A000)$/ },
  })),
  overLogs(logged('N4', 'Forge an event'), (log, { own }) => ({
    steps: [
      format(
        `insert into ${log.name} (tenant_id, id, action, object) values (%L, %L, 'journal.posted', 'finance.journal_entries')`,
        own.tenantId,
        freshId(),
      ),
    ],
    expect: { ...refused, past: /^23/ },
  })),
  overLogs(logged('N5', 'Forge an event of another time'), (log, scene) => {
    const sample = scene.ownHoldings.get(log.name)?.sample ?? { tenant_id: scene.own.tenantId };
    return {
      steps: [insertOf(log, { ...sample, id: freshId(), occurred_at: '2020-01-01T00:00:00Z' })],
      expect: { ...refused, past: /^23/ },
    };
  }),
  {
    ...{ id: 'N7', group: 'N', title: 'Act under the name of another user' },
    should: 'signed: the user of the token is recorded; unsigned: a known limit',
    trials: (scene) => {
      const forged = freshId();
      const log = scene.tables.find(({ name }) => name === 'finance.audit_events');
      const table = scene.tables.find(
        (candidate) =>
          candidate.name === 'finance.companies' &&
          candidate.columns.some((column) => column.updatable),
      );
      const mayRead = log?.columns.some(({ name, selectable }) => name === 'actor' && selectable);
      if (log === undefined || table === undefined || mayRead !== true) {
        const reason = 'the login may not change a tracked table and read the actor of its event';
        return { verdict: 'COULD NOT TRY', reason };
      }
      return [
        {
          steps: [
            format("select set_config('app.user_id', %L, true)", forged),
            `update ${table.name} set ${updatable(table)} = ${updatable(table)} || ' '`,
            format(`select count(*) from ${log.name} where actor = %L`, forged),
          ],
          expect: { outcome: 'zero' },
          ...(scene.isSigned
            ? {}
            : { limit: 'no context key is installed, so the user is whoever the session says' }),
        },
      ];
    },
  },
  overLogs(
    logged('N11', 'Read the events of other tenants', 'no row, or 42501'),
    (log, { own }) => ({
      steps: [
        format(
          `select count(*) from ${log.name} where tenant_id is distinct from %L`,
          own.tenantId,
        ),
      ],
      expect: { outcome: 'zero' },
    }),
  ),
  overLogs(logged('N13', 'Stop the guard of the log'), (log) => ({
    steps: [`alter table ${log.name} disable trigger all`],
    expect: refused,
  })),
  overLogs(logged('N14', 'Drop the log'), (log) => ({
    steps: [`drop table ${log.name} cascade`],
    expect: { ...refused, past: /^(?:55P03|2BP01)$/ },
  })),
];
