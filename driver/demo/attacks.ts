/** A tenant of the attacks, and the user who acts. */
export interface AttackedTenant {
  readonly tenantId: string;
  readonly userId: string;
}

/** What the attacks are aimed at: the attacker's own tenant, the other one, and entries that exist. */
export interface Targets {
  readonly own: AttackedTenant;
  readonly other: AttackedTenant;
  /** A posted entry of the attacker's tenant. */
  readonly entryId: string;
  /** A posted entry of the attacker's tenant that was reversed already. */
  readonly reversedEntryId: string;
  /** Two accounts of the attacker's company, which take its currency. */
  readonly accounts: readonly [string, string];
  /** An account of the other tenant. */
  readonly otherAccountId: string;
  readonly companyId: string;
  readonly currency: string;
  /** A day, as `2026-03-31`, on which that company can post. */
  readonly entryDate: string;
}

/** Who attacks: the application's own login, or a superuser. */
export type Attacker = 'application' | 'superuser';

/** One attack: the statements of one transaction, and the only outcome that counts as held. */
export interface Attack {
  readonly id: string;
  readonly title: string;
  readonly attacker: Attacker;
  /** Statements sent one after the other; the transaction is committed when all succeed. */
  readonly sql: readonly string[];
  /** SQLSTATE that must come back, or 'no rows' where the last statement must return or change nothing. */
  readonly expected: string;
  /** Whether the context is set before; default true. */
  readonly withTenant?: boolean;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An id for an entry of now, which is a UUID version 7; an older or a later one would be refused for that alone. */
function entryId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-a000-000000000001`;
}

/** The attacks, the five of the trust test first. Ids in brackets name the hostile case each one comes from. */
export function attacksOn(targets: Targets): readonly Attack[] {
  const tenant = quoted(targets.own.tenantId);
  const other = quoted(targets.other.tenantId);
  const entry = quoted(targets.entryId);
  const company = quoted(targets.companyId);
  const [first, second] = targets.accounts.map(quoted) as [string, string];
  const currency = quoted(targets.currency);
  const fresh = quoted(entryId());
  const header = `insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
values (${tenant}, ${fresh}, ${company}, ${quoted(targets.entryDate)}, 'attack')`;
  const lines = (id: string, ...rows: readonly string[]): string =>
    `insert into finance.journal_lines
  (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
values ${rows.map((row) => `(${tenant}, ${id}, ${row})`).join(',\n  ')}`;
  const app = { attacker: 'application' } as const;
  const superuser = { attacker: 'superuser' } as const;

  return [
    {
      ...app,
      id: 'K1',
      title: 'Post an unbalanced journal',
      expected: 'IB201',
      sql: [
        header,
        lines(fresh, `1, ${first}, ${currency}, 100000, 0`, `2, ${second}, ${currency}, 0, 99999`),
      ],
    },
    {
      ...app,
      id: 'K2',
      title: 'Modify a posted journal',
      expected: '42501',
      sql: [
        `update finance.journal_lines set debit_cents = debit_cents + 1 where journal_entry_id = ${entry} and debit_cents > 0`,
      ],
    },
    {
      ...app,
      id: 'K16',
      title: 'Delete a posted journal',
      expected: '42501',
      sql: [`delete from finance.journal_entries where id = ${entry}`],
    },
    {
      ...app,
      id: 'K3',
      title: 'Create an orphan journal line',
      expected: '23503',
      sql: [lines(fresh, `1, ${first}, ${currency}, 100, 0`, `2, ${second}, ${currency}, 0, 100`)],
    },
    {
      ...app,
      id: 'K17',
      title: 'Add lines to a posted journal',
      expected: 'IB203',
      sql: [
        lines(entry, `91, ${first}, ${currency}, 100, 0`, `92, ${second}, ${currency}, 0, 100`),
      ],
    },

    { ...app, id: 'K4', title: 'Commit a journal without lines', expected: 'IB202', sql: [header] },
    {
      ...app,
      id: 'K25',
      title: 'Switch the tenant while the lines are checked',
      expected: 'IB201',
      sql: [
        header,
        `${lines(fresh, `1, ${first}, ${currency}, 777, 0`, `2, ${second}, ${currency}, 0, 1`)}
returning set_config('app.tenant_id', ${other}, true)`,
      ],
    },
    {
      ...app,
      id: 'K26',
      title: 'Satisfy the check, then add another line',
      expected: 'IB204',
      sql: [
        header,
        lines(fresh, `1, ${first}, ${currency}, 100, 0`, `2, ${second}, ${currency}, 0, 100`),
        'set constraints all immediate',
        lines(fresh, `3, ${first}, ${currency}, 500, 0`),
      ],
    },
    {
      ...app,
      id: 'K7',
      title: 'Hide a difference in a line with both sides',
      expected: '23514',
      sql: [
        header,
        lines(fresh, `1, ${first}, ${currency}, 50, 50`, `2, ${second}, ${currency}, 0, 100`),
      ],
    },
    {
      ...app,
      id: 'L10',
      title: 'Reverse the same journal twice',
      expected: '23505',
      sql: [
        `select finance.reverse_journal(${quoted(targets.reversedEntryId)}, '2026-12-31', 'again')`,
      ],
    },
    {
      ...app,
      id: 'M1',
      title: 'Back-date into a year that is not open',
      expected: 'IB801',
      sql: [
        `insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
values (${tenant}, ${fresh}, ${company}, '1999-12-31', 'back-dated')`,
      ],
    },
    {
      ...app,
      id: 'F10',
      title: 'Empty the ledger',
      expected: '42501',
      sql: ['truncate finance.journal_lines'],
    },

    {
      ...app,
      id: 'A1',
      title: 'Read journals without naming a tenant',
      expected: '42501',
      withTenant: false,
      sql: ['select * from finance.journal_entries'],
    },
    {
      ...app,
      id: 'B1',
      title: 'Name the other tenant in injected SQL',
      expected: '42501',
      sql: [
        `select set_config('app.tenant_id', ${other}, true)`,
        'select * from finance.journal_entries',
      ],
    },
    {
      ...app,
      id: 'D1',
      title: "Read the other tenant's journals",
      expected: 'no rows',
      sql: [`select * from finance.journal_entries where tenant_id = ${other}`],
    },
    {
      ...app,
      id: 'F1',
      title: "Write into the other tenant's books",
      expected: '42501',
      sql: [
        `insert into finance.companies (tenant_id, code, name, functional_currency)
values (${other}, 'evil', 'Evil Ltd', 'USD')`,
      ],
    },
    {
      ...app,
      id: 'G1',
      title: "Post to the other tenant's account",
      expected: '23503',
      sql: [
        header,
        lines(
          fresh,
          `1, ${quoted(targets.otherAccountId)}, ${currency}, 100, 0`,
          `2, ${second}, ${currency}, 0, 100`,
        ),
      ],
    },
    {
      ...app,
      id: 'F2',
      title: 'Move an account to the other tenant',
      expected: '42501',
      sql: [`update finance.accounts set tenant_id = ${other}`],
    },

    {
      ...app,
      id: 'I1',
      title: 'Switch row security off',
      expected: '42501',
      sql: ['alter table finance.journal_entries disable row level security'],
    },
    {
      ...app,
      id: 'I2',
      title: 'Disable the guards',
      expected: '42501',
      sql: ['alter table finance.journal_lines disable trigger all'],
    },
    {
      ...app,
      id: 'D5',
      title: 'Become the role that posts',
      expected: '42501',
      sql: ['set role aibos_poster'],
    },
    {
      ...app,
      id: 'N4',
      title: 'Forge an audit event',
      expected: '42501',
      sql: [
        `insert into finance.audit_events (tenant_id, id, action, object)
values (${tenant}, ${fresh}, 'journal.posted', 'finance.journal_entries')`,
      ],
    },
    {
      ...app,
      id: 'N2',
      title: 'Erase the audit log',
      expected: '42501',
      sql: ['delete from finance.audit_events'],
    },
    {
      ...app,
      id: 'I17',
      title: 'Run a program on the server',
      expected: '42501',
      sql: ["copy (select 1) to program 'id'"],
    },

    {
      ...superuser,
      id: 'K16',
      title: 'Superuser: delete a posted journal',
      expected: 'IB301',
      sql: [`delete from finance.journal_entries where id = ${entry}`],
    },
    {
      ...superuser,
      id: 'I4',
      title: 'Superuser: modify it with triggers in replica mode',
      expected: 'IB301',
      sql: [
        'set local session_replication_role = replica',
        `update finance.journal_lines set credit_cents = 1 where journal_entry_id = ${entry}`,
      ],
    },
    {
      ...superuser,
      id: 'K23',
      title: 'Superuser: truncate the ledger',
      expected: 'IB301',
      sql: ['truncate finance.journal_entries cascade'],
    },
  ];
}
