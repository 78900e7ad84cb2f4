import { readContext } from '../../../driver/context.ts';
import { type ContextKey, Signer } from '../../../driver/context-key.ts';
import { drawEntry, tenantId, tenants, userId, writtenIn } from '../books.ts';
import { type Comparison, type StatementValues, sqlVariant, type Variant } from '../variant.ts';
import { PreparedConnection, type PreparedStatement } from '../wire.ts';
import { pointRows, pointValues, selectFrom, table } from './isolation.ts';
import { contextStatement, postStatements, postValues, unguardedVariant } from './posting.ts';

/** Longer than any run, since the tokens are made before it. */
const lifetimeSeconds = 86_400;
const key: ContextKey = { id: 'benchkey', secret: '5a'.repeat(32), lifetimeSeconds };

const installKey = `
  set role aibos_owner;
  call aibos.install_context_key('${key.id}', '\\x${key.secret}', 5, ${lifetimeSeconds});
  reset role`;

const signedContext: PreparedStatement = {
  name: 'signed context',
  text: `${contextStatement.text}, set_config('app.context_token', $5, true)`,
};

/** Point select and posting where a context key is live. The tokens are made beforehand: the server's part is measured. */
export function signedComparisons(scale: number): readonly Comparison[] {
  const rows = Math.ceil(pointRows * scale);
  const values = pointValues(rows, tenants);
  return [
    {
      row: 'signed',
      title: `point select among ${rows.toLocaleString('en')} rows with a context key, 4 clients`,
      clients: 4,
      transactions: Math.ceil(6000 * scale),
      synchronousCommit: 'off',
      writes: false,
      prepare: [
        ...table('plain', rows, tenants),
        ...table('isolated', rows, tenants, true),
        ...table('unsigned', rows, tenants, true),
        'grant execute on function aibos._unsigned_tenant_id() to aibos_finance_role',
        'alter policy tenant_isolation on bench_rls.unsigned using (tenant_id = (select aibos._unsigned_tenant_id()))',
        installKey,
      ],
      variants: [
        sqlVariant(
          { name: 'no RLS', summary: 'explicit predicate, the context sent all the same' },
          [contextStatement, selectFrom('plain')],
          values,
        ),
        sqlVariant(
          { name: 'RLS, unsigned', summary: 'the same policy reading an unsigned context' },
          [contextStatement, selectFrom('unsigned')],
          values,
        ),
        signedVariant(
          {
            name: 'RLS, signed',
            summary: 'aibos.isolate_tenant on the table, the token verified in each statement',
            against: [{ variant: 'no RLS', hold: 0.85 }, { variant: 'RLS, unsigned' }],
          },
          [contextStatement, selectFrom('isolated')],
          values,
        ),
      ],
    },
    {
      row: 'signed',
      title: 'post one 2-line entry with a context key, 4 clients',
      clients: 4,
      transactions: Math.ceil(2000 * scale),
      synchronousCommit: 'off',
      writes: true,
      prepare: [installKey],
      variants: [
        unguardedVariant(2),
        signedVariant(
          {
            name: 'post_journal, signed',
            summary: 'finance.post_journal, the signed context in the same round trip',
            effect: writtenIn('finance'),
          },
          postStatements,
          postValues((draw) => drawEntry(draw, 2)),
        ),
      ],
    },
  ];
}

/** As `sqlVariant`, the first statement carrying a token beside the context. */
function signedVariant(
  facts: Omit<Variant, 'open'>,
  [, ...statements]: readonly PreparedStatement[],
  values: StatementValues,
): Variant {
  return {
    ...facts,
    open: async (config) => {
      const audience = { database: config.database ?? '', login: config.user ?? '' };
      const signer = new Signer(key);
      const tokens = new Map<string, string>();
      for (let tenant = 0; tenant < tenants; tenant++) {
        const context = readContext({ tenantId: tenantId(tenant), userId });
        tokens.set(context.tenantId, signer.sign(context, audience));
      }
      const connection = await PreparedConnection.open(config, [signedContext, ...statements]);
      return {
        pid: connection.pid,
        run: (draw) => {
          const [context = [], ...others] = values(draw);
          const token = tokens.get(String(context[0])) ?? '';
          return connection.run([[...context, token], ...others]);
        },
        close: () => connection.close(),
      };
    },
  };
}
