import {
  type AccountType,
  type AccountTypeRules,
  accountNameOf,
  accountTypeOf,
} from '../import/account-types.ts';
import { type ChartAccount, type ChartChange, NO_FLAGS, type WantedAccount } from './account.ts';
import { type ChartProblem, chartProblem } from './checking.ts';
import { circlesIn, type Parents } from './circles.ts';

/** What an import would do to a chart. */
export interface ChartPlan {
  readonly changes: readonly ChartChange[];
  /** Accounts of the file that are as it wants them. */
  readonly unchanged: number;
  readonly problems: readonly ChartProblem[];
}

/** Compares what a file wants with what the company has. Parents may come in any order. */
export function planChart(
  wanted: readonly WantedAccount[],
  existing: readonly ChartAccount[],
  rules: AccountTypeRules,
): ChartPlan {
  const has = new Map(existing.map((account) => [account.code, account]));
  const wants = new Map(wanted.map((account) => [account.code, account]));
  const parents: Parents = new Map([
    ...existing.map(({ code, parent }) => [code, parent] as const),
    ...wanted.map(({ code, parent }) => [code, parent ?? keptParent(code, parent)] as const),
  ]);
  function keptParent(code: string, parent: null | undefined): string | null {
    return parent === null ? null : (has.get(code)?.parent ?? null);
  }
  const prefixes = rules.prefixes === undefined ? {} : { prefixes: rules.prefixes };
  // The nearest type on the way up; a circle ends the way.
  const typeOf = (code: string): AccountType | null => {
    const passed = new Set<string>();
    for (
      let at: string | null = code;
      at !== null && !passed.has(at);
      at = parents.get(at) ?? null
    ) {
      const known = has.get(at)?.type ?? wants.get(at)?.type ?? accountTypeOf(at, prefixes);
      if (known !== null) return known;
      passed.add(at);
    }
    return rules.fallback ?? null;
  };

  const changes: ChartChange[] = [];
  const problems: ChartProblem[] = [];
  let unchanged = 0;
  for (const account of wanted) {
    const { line, code } = account;
    const before = has.get(code) ?? null;
    const parent = parents.get(code) ?? null;
    const type = typeOf(code);
    const found = before === null ? [] : fixedProblems(account, before);
    if (parent !== null && !parents.has(parent)) {
      const hint = 'Add its row to the file, or correct the code.';
      found.push(
        chartProblem(account, 'IB962', `there is no account ${parent} to stand above it`, hint),
      );
    } else if (type === null) {
      const hint = 'Fill the type, or say --account-type or --default-account-type.';
      found.push(
        chartProblem(account, 'IB960', 'neither the row nor a parent says its type', hint),
      );
    }
    problems.push(...found);
    if (found.length > 0 || type === null) continue;
    const after = {
      ...(before ?? { ...NO_FLAGS, name: accountNameOf(code), currency: account.currency ?? null }),
      ...(before === null ? account.flags : { isActive: (account.flags ?? before).isActive }),
      code,
      type,
      parent,
      ...(account.name === undefined ? {} : { name: account.name }),
    };
    if (before !== null && changedFields(before, after).length === 0) unchanged += 1;
    else changes.push({ line, before, after });
  }
  for (const circle of circlesIn(parents)) {
    const first = wanted.find(({ code }) => circle.includes(code));
    if (first === undefined) continue;
    const way = [...circle, circle[0]].join(' -> ');
    const message = `the accounts above it lead back to it: ${way}`;
    problems.push(
      chartProblem(first, 'IB963', message, 'Give one of them another parent or none.'),
    );
  }
  return { changes, unchanged, problems: problems.toSorted((a, b) => a.line - b.line) };
}

/** Which of name, parent and activity differ. */
export function changedFields(
  before: Omit<ChartAccount, 'id'>,
  after: Omit<ChartAccount, 'id'>,
): readonly ('name' | 'parent' | 'isActive')[] {
  return (['name', 'parent', 'isActive'] as const).filter((key) => before[key] !== after[key]);
}

/** What a file wants of an account that is there and that never changes. */
function fixedProblems(account: WantedAccount, before: ChartAccount): ChartProblem[] {
  const fixed = [
    ['type', before.type, account.type],
    ['currency', before.currency, account.currency],
    ['keeps-balance', before.keepsBalance, account.flags?.keepsBalance],
    ['non-monetary', !before.isMonetary, account.flags && !account.flags.isMonetary],
  ] as const;
  return fixed
    .filter(([, has, wants]) => wants !== undefined && wants !== has)
    .map(([what, has, wants]) =>
      chartProblem(
        account,
        'IB964',
        `its ${what} is ${has ?? 'any'} and cannot become ${wants ?? 'any'}`,
        'Make a new account and set this one inactive: entries rely on what it was.',
      ),
    );
}
