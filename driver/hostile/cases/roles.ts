import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { Untried } from '../model.ts';
import { overTables } from './aiming.ts';
import { single } from './single.ts';

const assumed: Untried = {
  verdict: 'NOT APPLICABLE',
  reason: 'the role was taken on by an administrator, who may become others',
};

/** Group D: what the login is, and what it can become. */
export const roleCases: readonly HostileCase[] = [
  single(
    {
      ...{ id: 'D2', group: 'D', title: 'Be a login that row security does not bind' },
      should: 'the login is no superuser and has no BYPASSRLS',
    },
    ({ isSuperuser, bypassesRowSecurity }) => ({
      steps: [`select ${isSuperuser || bypassesRowSecurity}`],
      expect: { outcome: 'zero' },
    }),
  ),
  {
    ...{
      id: 'D4',
      group: 'D',
      title: 'Inherit the rights of an owner or of a role beyond row security',
    },
    should: 'the login reaches no such role',
    trials: ({ mighty }) =>
      mighty.map(({ name }) => ({
        target: name,
        steps: [format("select pg_has_role(current_user, %L, 'usage')", name)],
        expect: { outcome: 'zero' },
      })),
  },
  {
    ...{ id: 'D5', group: 'D', title: 'SET ROLE to an owner or to a role beyond row security' },
    should: '42501',
    trials: ({ mighty, isAssumed }) => {
      if (isAssumed) return assumed;
      return mighty.map(({ name }) => ({
        target: name,
        steps: [format('set local role %I', name)],
        expect: { outcome: 'refused' },
      }));
    },
  },
  {
    ...{ id: 'D6', group: 'D', title: 'Grant oneself such a role' },
    should: '42501',
    trials: ({ mighty, login }) =>
      mighty.map(({ name }) => ({
        target: name,
        steps: [format('grant %I to %I', name, login)],
        expect: { outcome: 'refused', codes: ['0LP01'] },
      })),
  },
  overTables(
    { id: 'D7', group: 'D', title: 'Read with row_security off', should: '42501' },
    (aim) => ({
      steps: ['set local row_security = off', `select count(*) from ${aim.table.name}`],
      expect: { outcome: 'refused' },
    }),
  ),
  overTables(
    {
      ...{
        id: 'D11',
        group: 'D',
        title: 'Find a policy for one command that is wider than the rest',
      },
      should: 'no policy that admits this login but the tenant policy',
    },
    ({ table }) => ({
      steps: [
        `select count(*) from pg_policy p where p.polrelid = ${format('%L', table.name)}::regclass and p.polpermissive and p.polname <> 'tenant_isolation' and exists (select from unnest(p.polroles) r where r = 0 or pg_has_role(current_user, r, 'usage'))`,
      ],
      expect: { outcome: 'zero' },
    }),
  ),
  overTables(
    {
      ...{
        id: 'D13',
        group: 'D',
        title: 'Find a table with a tenant column that row security does not cover',
      },
      should: 'row security is enabled and forced',
    },
    ({ table }) => ({
      steps: [`select ${!(table.hasRowSecurity && table.isForced)}`],
      expect: { outcome: 'zero' },
    }),
    ({ kind }) => kind === 'r' || kind === 'p',
  ),
  overTables(
    { id: 'D12', group: 'D', title: 'Make a policy of one’s own', should: '42501' },
    (aim) => ({
      steps: [`create policy hostile on ${aim.table.name} using (true)`],
      expect: { outcome: 'refused' },
    }),
  ),
  {
    ...{ id: 'D14', group: 'D', title: 'Become another session user', should: '42501' },
    trials: ({ isAssumed }) =>
      isAssumed
        ? assumed
        : [
            {
              steps: ['set local session authorization postgres'],
              expect: { outcome: 'refused', codes: ['22023'] },
            },
          ],
  },
];
