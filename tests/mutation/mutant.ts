import format from 'pg-format';

/** A change that undoes a guarantee, and the proofs that must turn red for it. */
export interface Mutant {
  /** What was done, as a sentence without its end. */
  readonly name: string;
  /** Statements for a superuser. */
  readonly sql: string;
  /** Files of `pgtap/`; each must notice. */
  readonly noticedBy: readonly string[];
}

/** A mutant of a table: `name`, its statements, and the files that must notice. */
export function mutant(name: string, sql: string, ...noticedBy: readonly string[]): Mutant {
  return { name, sql, noticedBy };
}

/** A function whose text has `replacement` where it had `part`; refuses to be one when the text lacks that part. */
export function rewritten(signature: string, part: string, replacement: string): string {
  return format(
    `do $mutant$
     declare
       definition text := pg_get_functiondef(%L::regprocedure);
     begin
       if position(%L in definition) = 0 then
         raise exception 'nothing to rewrite in %%', %L;
       end if;
       execute replace(definition, %L, %L);
     end
     $mutant$; call aibos.record_fingerprints()`,
    signature,
    part,
    signature,
    part,
    replacement,
  );
}

/** A PL/pgSQL function whose body does nothing but `statement`; its owner, settings and grants stay. */
export function hollow(signature: string, statement: string): string {
  return format(
    `do $mutant$
     begin
       execute regexp_replace(pg_get_functiondef(%L::regprocedure), 'AS \\$function\\$.*\\$function\\$',
         'AS $function$ begin ' || %L || '; end $function$');
     end
     $mutant$; call aibos.record_fingerprints()`,
    signature,
    statement,
  );
}

/** A trigger that is there and enabled, and never fires: its condition is false. */
export function neverFiring(table: string, trigger: string): string {
  return format(
    `do $mutant$
     declare
       definition text := pg_get_triggerdef(oid) from pg_trigger where tgrelid = %L::regclass and tgname = %L;
     begin
       execute format('drop trigger %%I on %%s', %L, %L);
       execute regexp_replace(definition, '( WHEN \\(.*\\))? EXECUTE FUNCTION', ' WHEN (false) EXECUTE FUNCTION');
       execute format('alter table %%s enable always trigger %%I', %L, %L);
     end
     $mutant$`,
    table,
    trigger,
    trigger,
    table,
    table,
    trigger,
  );
}

/** Three mutants of a guard trigger: disabled, not ALWAYS, never firing; each with the files that must notice. */
export function mutantsOfTrigger(
  table: string,
  trigger: string,
  noticedBy: {
    readonly disabled: readonly string[];
    readonly notAlways: readonly string[];
    readonly neverFiring: readonly string[];
  },
): readonly Mutant[] {
  const alter = `alter table ${table}`;
  return [
    mutant(
      `${trigger} of ${table} is disabled`,
      `${alter} disable trigger ${trigger}`,
      ...noticedBy.disabled,
    ),
    mutant(
      `${trigger} of ${table} is not ALWAYS`,
      `${alter} enable trigger ${trigger}`,
      ...noticedBy.notAlways,
    ),
    mutant(
      `${trigger} of ${table} never fires`,
      neverFiring(table, trigger),
      ...noticedBy.neverFiring,
    ),
  ];
}
