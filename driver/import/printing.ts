/** A labelled line of a summary. */
export function row(label: string, cells: readonly string[]): string {
  return `  ${label.padEnd(10)} ${cells.join(', ')}`;
}

/** A count with its digits in groups. */
export function count(value: number): string {
  return grouped(String(value));
}

/** A plain decimal with the digits before its point in groups. */
export function grouped(decimal: string): string {
  return decimal.replace(/^\d+/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ','));
}

/** Text of the file made safe for a terminal: control characters become visible marks. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|[\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}
