import { type Parser, parserFor } from './parsers.ts';

/** A row as it is returned. */
export type AnyRow = Record<string, unknown>;

/** Turns the texts of rows into objects; one for each shape of a result. */
export class Columns {
  readonly #names: readonly string[];
  readonly #parsers: readonly Parser[];
  readonly #blank: AnyRow;

  constructor(fields: readonly { readonly name: string; readonly dataTypeID: number }[]) {
    this.#names = fields.map(({ name }) => name);
    this.#parsers = fields.map(({ dataTypeID }) => parserFor(dataTypeID));
    this.#blank = Object.fromEntries(this.#names.map((name) => [name, null]));
  }

  /** Reads one row. @throws FabricError IB924. */
  read(texts: readonly (string | null)[]): AnyRow {
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
