import pg from 'pg';
import { FabricError } from './errors.ts';

/** Turns the text of a value into what the driver returns. */
export type Parser = (text: string) => unknown;

const INT2 = 21;
const INT4 = 23;
const OID = 26;
const FLOAT4 = 700;
const FLOAT8 = 701;
const BOOL = 16;
const BYTEA = 17;
const JSON_TEXT = 114;
const JSONB = 3802;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;

const asText: Parser = (text) => text;
const parseBytes = pg.types.getTypeParser(BYTEA, 'text');
const TEXT_ARRAY: number = 1009;
const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY, 'text');

const SCALARS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [INT2, Number],
  [INT4, Number],
  [OID, Number],
  [FLOAT4, Number],
  [FLOAT8, Number],
  [BOOL, (text) => text === 't'],
  [BYTEA, (text) => parseBytes(text)],
  [JSON_TEXT, (text) => JSON.parse(text)],
  [JSONB, (text) => JSON.parse(text)],
  [DATE, readDate],
  [TIMESTAMP, readTimestamp],
  [TIMESTAMPTZ, readInstant],
]);

/** Array types by the type of their elements; other arrays come as their text. */
const ARRAYS: ReadonlyMap<number, number> = new Map([
  [1000, BOOL],
  [1001, BYTEA],
  [1005, INT2],
  [1007, INT4],
  [1028, OID],
  [1021, FLOAT4],
  [1022, FLOAT8],
  [199, JSON_TEXT],
  [3807, JSONB],
  [1182, DATE],
  [1115, TIMESTAMP],
  [1185, TIMESTAMPTZ],
  [TEXT_ARRAY, 25],
  [1002, 18],
  [1003, 19],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1231, 1700],
  [2951, 2950],
]);

/**
 * The driver's own parsers, independent of what a program did to `pg.types`: `int8` and `numeric` stay strings, dates are
 * `YYYY-MM-DD`, instants are ISO 8601 in UTC with all their microseconds.
 */
export function parserFor(typeId: number): Parser {
  const element = ARRAYS.get(typeId);
  if (element === undefined) return SCALARS.get(typeId) ?? asText;
  const parse = SCALARS.get(element) ?? asText;
  return (text) => mapNested(parseTextArray(text), parse);
}

/** How the rows of a statement are read: as objects by column name or as lists, and by which parsers. */
export interface Reading {
  readonly rows: 'objects' | 'lists';
  readonly parserFor: (typeId: number) => Parser;
}

/** Objects, by the driver's own parsers: how rows are read unless a statement says otherwise. */
export const ownReading: Reading = { rows: 'objects', parserFor };

/** Whether the driver makes a list of an array of this type; other arrays come as their text. */
export function isReadAsList(typeId: number): boolean {
  return ARRAYS.has(typeId);
}

/** The parsers of a reading in the form a query of `pg` takes. */
export function typeParsers(reading: Reading): pg.CustomTypesConfig {
  return { getTypeParser: (typeId: number) => reading.parserFor(typeId) };
}

function mapNested(value: unknown, parse: Parser): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => mapNested(item, parse));
  return typeof value === 'string' ? parse(value) : value;
}

const FAR = /^(?:-?infinity|.* BC|\d{5,}-.*)$/;

function readDate(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) || FAR.test(text) ? text : notIso(text);
}

function readTimestamp(text: string): string {
  return /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?$/.test(text)
    ? text.replace(' ', 'T')
    : FAR.test(text)
      ? text
      : notIso(text);
}

function readInstant(text: string): string {
  const parts =
    /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?([+-])(\d{2})(?::(\d{2}))?(?::(\d{2}))?$/.exec(
      text,
    );
  if (parts === null) return FAR.test(text) ? text : notIso(text);
  const [
    ,
    date = '',
    time = '',
    fraction = '',
    sign = '+',
    hours = '0',
    minutes = '0',
    seconds = '0',
  ] = parts;
  const offset =
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === '-' ? -1 : 1);
  if (offset === 0) return `${date}T${time}${fraction}Z`;
  const utc = new Date(Date.parse(`${date}T${time}Z`) - offset * 1000).toISOString();
  return `${utc.slice(0, -5)}${fraction}Z`;
}

function notIso(text: string): never {
  throw new FabricError('IB924', `the server wrote a date as ${JSON.stringify(text)}`, {
    hint: "Set its DateStyle to ISO for the login: alter role … set datestyle = 'ISO, YMD'.",
  });
}
