import format from 'pg-format';
import { FabricError } from './errors.ts';
import type { Column } from './tables.ts';
import { encode, type Parameter } from './values.ts';

/** Most parameters one statement of the wire protocol can carry. */
const MOST_PARAMETERS = 65_535;

/** Collects the parameters of one statement and hands out their places. */
export class Parameters {
  readonly values: Parameter[] = [];

  /** Encodes a value for a column and returns its place, such as `$2`. */
  value(column: Column, value: unknown): string {
    return this.add(encode(value, column.destination), column.type);
  }

  /**
   * Adds an encoded parameter and returns its place.
   * @param _type its type by short name; the server finds it out by itself, a literal needs it.
   * @throws FabricError IB915 beyond 65,535 of them.
   */
  add(parameter: Parameter, _type: string): string {
    if (this.values.push(parameter) > MOST_PARAMETERS) {
      throw new FabricError(
        'IB915',
        `the statement needs more than ${MOST_PARAMETERS} parameters`,
        {
          hint: 'Split it into smaller calls.',
        },
      );
    }
    return `$${this.values.length}`;
  }
}

/**
 * Types that a literal is cast to. Text is left to the column it is compared with, as a parameter is: that may be an
 * enumeration or a domain, which `text` would not fit.
 */
const CAST =
  /^(?:bool|bytea|date|float4|float8|int2|int4|int8|jsonb?|numeric|oid|time|timestamp|timestamptz|timetz|interval|uuid)(?:\[\])?$/;

/** Writes values into the text instead, for COPY, which takes no parameters: encoded, quoted, and cast to their type. */
export class Literals extends Parameters {
  override add(parameter: Parameter, type: string): string {
    const literal = format.literal(parameter);
    return CAST.test(type) ? `${literal}::pg_catalog.${type}` : literal;
  }
}
