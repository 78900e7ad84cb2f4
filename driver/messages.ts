import type { Parameter } from './values.ts';

const SMALLEST = 8_192;
/** A buffer that one large value made larger than this is not kept. */
const LARGEST_KEPT = 262_144;

const TYPE = { parse: 0x50, bind: 0x42, describe: 0x44, execute: 0x45, close: 0x43, sync: 0x53 };

/** Writes messages of the extended protocol one after another, to be sent in one piece. Reused: `take` empties it. */
export class MessageWriter {
  #buffer = Buffer.allocUnsafe(SMALLEST);
  #at = 0;

  /** Parse: text under a name, '' for the unnamed statement. Types of parameters are left to the server. */
  parse(name: string, text: string): void {
    const start = this.#begin(TYPE.parse);
    this.#text(name);
    this.#text(text);
    this.#int16(0);
    this.#end(start);
  }

  /** Bind: parameters for a statement; texts as text, bytes as binary, all results as text. */
  bind(name: string, values: readonly Parameter[]): void {
    const start = this.#begin(TYPE.bind);
    this.#text('');
    this.#text(name);
    this.#int16(values.length);
    for (const value of values) this.#int16(Buffer.isBuffer(value) ? 1 : 0);
    this.#int16(values.length);
    for (const value of values) this.#value(value);
    this.#int16(0);
    this.#end(start);
  }

  /** Describe: asks what the bound statement returns. */
  describe(): void {
    const start = this.#begin(TYPE.describe);
    this.#byte(0x50);
    this.#text('');
    this.#end(start);
  }

  /** Execute: runs the bound statement to its end. */
  execute(): void {
    const start = this.#begin(TYPE.execute);
    this.#text('');
    this.#int32(0);
    this.#end(start);
  }

  /** Close: gives a statement up by its name. */
  close(name: string): void {
    const start = this.#begin(TYPE.close);
    this.#byte(0x53);
    this.#text(name);
    this.#end(start);
  }

  /** Sync: ends the piece. */
  sync(): void {
    this.#end(this.#begin(TYPE.sync));
  }

  /** What was written since the last time. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#at));
    this.clear();
    return taken;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = 0;
    if (this.#buffer.length > LARGEST_KEPT) this.#buffer = Buffer.allocUnsafe(SMALLEST);
  }

  #begin(type: number): number {
    this.#byte(type);
    const start = this.#at;
    this.#int32(0);
    return start;
  }

  #end(start: number): void {
    this.#buffer.writeInt32BE(this.#at - start, start);
  }

  #value(value: Parameter): void {
    if (value === null) {
      this.#int32(-1);
    } else if (typeof value === 'string') {
      const start = this.#at;
      this.#int32(0);
      this.#characters(value);
      this.#buffer.writeInt32BE(this.#at - start - 4, start);
    } else {
      this.#int32(value.length);
      this.#room(value.length);
      this.#at += value.copy(this.#buffer, this.#at);
    }
  }

  #text(text: string): void {
    this.#characters(text);
    this.#byte(0);
  }

  #characters(text: string): void {
    if (text === '') return;
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    this.#room(text.length * 3);
    this.#at += this.#buffer.write(text, this.#at, 'utf8');
  }

  #byte(value: number): void {
    this.#room(1);
    this.#buffer[this.#at++] = value;
  }

  #int16(value: number): void {
    this.#room(2);
    this.#at = this.#buffer.writeUInt16BE(value, this.#at);
  }

  #int32(value: number): void {
    this.#room(4);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  #room(bytes: number): void {
    if (this.#buffer.length - this.#at >= bytes) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
