import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { companyId, type Entry, id, tenantId, userId, writtenIn } from '../books.ts';
import type { Draw } from '../random.ts';
import { type Comparison, sqlVariant } from '../variant.ts';
import { postingVariant } from './posting.ts';

const accounts = 50;
const sources = [
  'vendor/scoville-pgsql-ulid/ulid-to-uuid.sql',
  'vendor/scoville-pgsql-ulid/uuid-to-ulid.sql',
  'pgledger.sql',
];

/** Why pgledger cannot be measured, or undefined where its checkout is there. */
export function pgledgerIsMissing(checkout: string | undefined): string | undefined {
  if (checkout === undefined) {
    return 'give --pgledger PATH, a checkout of https://github.com/pgr0ss/pgledger';
  }
  const missing = sources.find((file) => !existsSync(path.join(checkout, file)));
  return missing === undefined ? undefined : `${checkout} has no ${missing}`;
}

/** A transfer between two of 50 accounts that keep their balance, here and in pgledger on the same server. */
export function pgledgerComparisons(scale: number, checkout: string): readonly Comparison[] {
  const prepare = [
    ownAccounts,
    ...sources.map((file) => readFileSync(path.join(checkout, file), 'utf8')),
    theirAccounts,
  ];
  const loads = [
    { clients: 4, sync: 'off', transactions: 2000 },
    { clients: 4, sync: 'on', transactions: 2000 },
    { clients: 16, sync: 'on', transactions: 3200 },
  ] as const;
  return loads.map(({ clients, sync, transactions }) => ({
    row: 'pgledger',
    title: `transfers among ${accounts} accounts, balances kept, ${clients} clients, sync ${sync}`,
    clients,
    transactions: Math.ceil(transactions * scale),
    synchronousCommit: sync,
    writes: true,
    prepare,
    variants: [
      sqlVariant(
        {
          name: 'pgledger',
          summary: 'pgledger_create_transfer',
          effect: `select (select count(*) from pgledger_transfers) || ' entries, '
            || (select count(*) from pgledger_entries) || ' lines'`,
        },
        [
          {
            name: 'transfer',
            text: 'select pgledger_create_transfer($1, $2, $3)',
          },
        ],
        (draw) => {
          const { from, to, amount } = drawTransfer(draw);
          return [[theirAccount(from), theirAccount(to), amount]];
        },
      ),
      postingVariant(
        {
          summary: 'finance.post_journal to accounts that keep their balance',
          effect: writtenIn('finance'),
          against: [{ variant: 'pgledger', hold: 1.5 }],
        },
        transferEntry,
      ),
    ],
  }));
}

function transferEntry(draw: Draw): Entry {
  const { from, to, amount } = drawTransfer(draw);
  return {
    tenant: 0,
    accounts: [ownAccount(to), ownAccount(from)],
    debits: [amount, 0],
    credits: [0, amount],
  };
}

function drawTransfer(draw: Draw) {
  const from = draw(accounts);
  const to = (from + 1 + draw(accounts - 1)) % accounts;
  return { from, to, amount: 1 + draw(1_000_000) };
}

const ownAccount = (account: number): string => id(6, 0, account);
const theirAccount = (account: number): string => `pgla_01K${String(account).padStart(23, '0')}`;

const ownAccounts = `do $accounts$
  begin
    perform set_config('app.tenant_id', '${tenantId(0)}', true), set_config('app.user_id', '${userId}', true);
    insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, keeps_balance)
    select '${tenantId(0)}', a.id, '${companyId(0)}', 'T' || a.n, 'Transfer account ' || a.n, 'asset', 'USD', true
    from unnest('{${Array.from({ length: accounts }, (_, n) => ownAccount(n)).join()}}'::uuid[])
      with ordinality as a (id, n);
  end
  $accounts$`;

const theirAccounts = `insert into pgledger_accounts
    (id, name, currency, allow_negative_balance, allow_positive_balance, created_at, updated_at)
  select a.id, 'Transfer account ' || a.n, 'USD', true, true, now(), now()
  from unnest('{${Array.from({ length: accounts }, (_, n) => theirAccount(n)).join()}}'::text[])
    with ordinality as a (id, n);
  grant usage on schema public to aibos_finance_role;
  grant select, insert, update on all tables in schema public to aibos_finance_role;
  grant execute on all functions in schema public to aibos_finance_role`;
