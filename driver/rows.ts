import { ownReading, type Parser, type Reading } from './parsers.ts';

/** A row as it is returned: an object by column name, or a list where the reading says so. */
export type AnyRow = object;

/** A column of a result, as the server describes it. */
export interface Field {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeSize: number;
  readonly dataTypeModifier: number;
  readonly format: string;
}

/** Turns the texts of rows into rows; one for each shape of a result. */
export class Columns {
  readonly fields: readonly Field[];
  readonly #names: readonly string[];
  readonly #parsers: readonly Parser[];
  readonly #blank: Record<string, unknown>;
  readonly #asLists: boolean;

  constructor(fields: readonly Field[], reading: Reading = ownReading) {
    this.fields = fields;
    this.#names = fields.map(({ name }) => name);
    this.#parsers = fields.map(({ dataTypeID }) => reading.parserFor(dataTypeID));
    this.#blank = Object.fromEntries(this.#names.map((name) => [name, null]));
    this.#asLists = reading.rows === 'lists';
  }

  /** Reads one row. @throws FabricError IB924. */
  read(texts: readonly (string | null)[]): AnyRow {
    if (this.#asLists) {
      return this.#parsers.map((parse, i) => {
        const text = texts[i];
        return text == null ? null : parse(text);
      });
    }
    const row = { ...this.#blank };
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i];
      const name = this.#names[i];
      const parse = this.#parsers[i];
      if (text != null && name !== undefined && parse !== undefined) row[name] = parse(text);
    }
    return row;
  }
}
