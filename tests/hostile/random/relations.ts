import type pg from 'pg';
import { readTables, type TableFacts } from '../../../driver/hostile/tables.ts';

/** Kinds of values that expressions are made of; everything else is only ever carried along or cast to text. */
export type Kind = 'uuid' | 'text' | 'number' | 'date' | 'instant' | 'boolean' | 'other';

/** A column and the kind of its values. */
export interface Column {
  readonly name: string;
  readonly kind: Kind;
}

/** A table or view that the login may read, with the columns it may read. */
export interface Relation {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly facts: TableFacts;
}

/** A function of the fabric that the login may call. */
export interface Routine {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly isSet: boolean;
}

/** What random SQL is made over: everything that the login may touch. */
export interface Whitelist {
  readonly relations: readonly Relation[];
  readonly routines: readonly Routine[];
}

function kindOf(type: string, category: string): Kind {
  if (type === 'uuid') return 'uuid';
  if (category === 'S') return 'text';
  if (category === 'N' && type !== 'money') return 'number';
  if (type === 'date' || type === 'finance.accounting_date') return 'date';
  if (type.startsWith('timestamp')) return 'instant';
  return category === 'B' ? 'boolean' : 'other';
}

/** Reads what the login may touch; tables without a tenant are there too. */
export async function readWhitelist(client: pg.Client): Promise<Whitelist> {
  const tables = (await readTables(client)).filter(({ readable }) => readable);
  const routines = await client.query<Routine>(
    `select format('%I.%I', n.nspname, p.proname) as name, p.proretset as "isSet",
       array(select format_type(a, null) from unnest(p.proargtypes) a) as kinds
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname !~ '^(pg_|information_schema$)' and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
       and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
       and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
     order by p.oid::regprocedure::text`,
  );
  return {
    relations: tables.map((facts) => ({
      name: facts.name,
      facts,
      columns: facts.columns
        .filter(({ selectable }) => selectable)
        .map(({ name, type, category }) => ({ name, kind: kindOf(type, category) })),
    })),
    routines: routines.rows,
  };
}
