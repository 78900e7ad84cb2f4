import format from 'pg-format';
import type { Dice } from './dice.ts';
import { anything, condition, type Draw, expression, type Source } from './expressions.ts';
import type { Kind, Relation, Routine, Whitelist } from './relations.ts';

const outputs: readonly Kind[] = ['uuid', 'text', 'number', 'date', 'instant', 'boolean'];

/** Makes random queries over a whitelist. */
export class QueryMaker {
  readonly random: Dice;
  readonly #whitelist: Whitelist;
  readonly #ids: readonly string[];
  readonly #spoofs: readonly string[];
  #aliases = 0;
  #used = new Set<string>();

  constructor(
    random: Dice,
    whitelist: Whitelist,
    ids: readonly string[],
    spoofs: readonly string[] = [],
  ) {
    this.random = random;
    this.#whitelist = whitelist;
    this.#ids = ids;
    this.#spoofs = spoofs;
  }

  /** The relations that went into what was made so far. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  /** What expressions are drawn from, `depth` sub-selects deep, with ids of one's own where they will be kept. */
  draw(depth: number, ids: readonly string[] = this.#ids): Draw {
    const subquery =
      depth > 0
        ? (kind: Kind, outer: readonly Source[]) => this.query([kind], depth - 1, outer)
        : undefined;
    return { random: this.random, ids, subquery, spoofs: this.#spoofs };
  }

  /** A query; its columns are named c1, c2, … and have the given kinds (one to four of any kind where none are given). */
  query(kinds: readonly Kind[] = this.#kinds(), depth = 2, outer: readonly Source[] = []): string {
    const { random } = this;
    if (depth > 0 && random.chance(0.12)) {
      const operator = random.pick(['union all', 'union', 'intersect', 'except']);
      return `(${this.query(kinds, depth - 1, outer)}) ${operator} (${this.query(kinds, depth - 1, outer)})`;
    }
    if (depth > 0 && random.chance(0.15)) {
      const name = this.#alias();
      const inner = this.#kinds();
      const hint = random.pick(['', 'materialized ', 'not materialized ']);
      const cte: Source = { alias: name, columns: named(inner) };
      const body = this.#select(kinds, depth - 1, outer, { sql: name, source: cte });
      return `with ${name} as ${hint}(${this.query(inner, depth - 1)}) ${body}`;
    }
    return this.#select(kinds, depth, outer);
  }

  /** All columns of what a FROM clause joins, as they are. */
  star(): string {
    const { sql, sources } = this.#from(1, undefined);
    const where = this.random.chance(0.5) ? ` where ${condition(this.draw(1), sources, 1)}` : '';
    return `select * from ${sql}${where} limit 60`;
  }

  /** Any relation, with the chance to be asked for it evenly. */
  relation(fits: (relation: Relation) => boolean = () => true): Relation | undefined {
    const fit = this.#whitelist.relations.filter(fits);
    if (fit.length === 0) return undefined;
    const relation = this.random.pick(fit);
    this.#used.add(relation.name);
    return relation;
  }

  /** A call of any function, of one in FROM or in a select list. */
  call(): string {
    const routine = this.random.pick(this.#whitelist.routines);
    return `${routine.name}(${this.#arguments(routine)})`;
  }

  #kinds(): readonly Kind[] {
    return Array.from({ length: 1 + this.random.below(4) }, () => this.random.pick(outputs));
  }

  #alias(): string {
    this.#aliases += 1;
    return `r${this.#aliases}`;
  }

  #select(
    kinds: readonly Kind[],
    depth: number,
    outer: readonly Source[],
    given?: { readonly sql: string; readonly source: Source },
  ): string {
    const { random } = this;
    const { sql: from, sources } = this.#from(depth, given);
    const scope = [...sources, ...outer];
    const draw = this.draw(depth);
    const where = random.chance(0.6) ? ` where ${condition(draw, scope, depth)}` : '';
    const shape = random.below(10);
    if (shape === 0) {
      const list = kinds.map((kind, i) => `${aggregate(draw, kind, sources)} as c${i + 1}`);
      return `select ${list.join(', ')} from ${from}${where}`;
    }
    const list = kinds.map((kind, i) => {
      const isWindow = shape === 1;
      const value = expression(draw, kind, scope, Math.min(depth, 2));
      const over = `over (partition by ${anything(draw, sources)})`;
      return `${isWindow ? windowed(kind, value, over, random) : value} as c${i + 1}`;
    });
    const distinct = random.chance(0.1) ? 'distinct ' : '';
    const order = random.chance(0.3) ? ` order by ${kinds.map((_, i) => i + 1).join(', ')}` : '';
    const limit = ` limit ${1 + random.below(60)}`;
    return `select ${distinct}${list.join(', ')} from ${from}${where}${order}${limit}`;
  }

  #from(
    depth: number,
    given: { readonly sql: string; readonly source: Source } | undefined,
  ): { readonly sql: string; readonly sources: readonly Source[] } {
    const { random } = this;
    const first = given ?? this.#source(depth);
    if (!random.chance(0.35)) return { sql: first.sql, sources: [first.source] };
    const second = this.#source(depth - 1);
    const sources = [first.source, second.source];
    if (depth > 0 && random.chance(0.25)) {
      const alias = this.#alias();
      const kinds = this.#kinds();
      const lateral = this.query(kinds, depth - 1, [first.source]);
      const source = { alias, columns: named(kinds) };
      return {
        sql: `${first.sql} cross join lateral (${lateral}) ${alias}`,
        sources: [first.source, source],
      };
    }
    const join = random.pick(['join', 'left join', 'right join', 'join']);
    const on = condition(this.draw(0), sources, 1);
    return { sql: `${first.sql} ${join} ${second.sql} on ${on}`, sources };
  }

  #source(depth: number): { readonly sql: string; readonly source: Source } {
    const { random } = this;
    const alias = this.#alias();
    if (depth > 0 && random.chance(0.2)) {
      const kinds = this.#kinds();
      return {
        sql: `(${this.query(kinds, depth - 1)}) ${alias}`,
        source: { alias, columns: named(kinds) },
      };
    }
    const relation = this.relation();
    if (relation === undefined) throw new Error('the login may read nothing');
    const isTable = /[rp]/.test(relation.facts.kind);
    const sample = isTable && random.chance(0.05) ? ' tablesample bernoulli (80)' : '';
    return {
      sql: `${relation.name} ${alias}${sample}`,
      source: { alias, columns: relation.columns },
    };
  }

  #arguments({ kinds }: Routine): string {
    const draw = this.draw(0);
    return kinds
      .map((type) => {
        const element = type.replace('[]', '');
        const kind = kindOfArgument(element);
        const value = kind === 'other' ? 'null' : expression(draw, kind, [], 0);
        if (type.endsWith('[]')) return `array[${value}]::${type}`;
        return type === 'jsonb' ? this.#json() : `(${value})::${type}`;
      })
      .join(', ');
  }

  #json(): string {
    const id = format('%L', this.random.pick(this.#ids));
    return `jsonb_build_array(jsonb_build_object('company_id', ${id}, 'entry_date', '2026-03-10', 'description', 'random', 'lines', jsonb_build_array()))`;
  }
}

function kindOfArgument(type: string): Kind {
  if (type === 'uuid' || type === 'text' || type === 'date' || type === 'boolean') return type;
  if (/^(integer|bigint|numeric|smallint)$/.test(type)) return 'number';
  return type.startsWith('timestamp') ? 'instant' : 'other';
}

function named(kinds: readonly Kind[]) {
  return kinds.map((kind, i) => ({ name: `c${i + 1}`, kind }));
}

function aggregate(draw: Draw, kind: Kind, scope: readonly Source[]): string {
  const value = expression({ ...draw, subquery: undefined }, kind, scope, 1);
  const text = anything(draw, scope);
  const { random } = draw;
  if (kind === 'number')
    return random.pick(['count(*)', `count(distinct ${text})`, `sum(${value})`, `max(${value})`]);
  if (kind === 'text')
    return random.pick([`string_agg(${text}, ',')`, `max(${value})`, `json_agg(${text})::text`]);
  if (kind === 'boolean') return `bool_or(${value})`;
  return kind === 'uuid' ? `(array_agg(${value}))[1]` : `min(${value})`;
}

function windowed(kind: Kind, value: string, over: string, random: Dice): string {
  if (kind === 'number') return random.pick([`count(*) ${over}`, `sum(${value}) ${over}`]);
  const typed = kind === 'text' ? `(${value})::text` : value;
  return random.pick([`first_value(${typed}) ${over}`, `lag(${typed}) over (order by 1)`]);
}
