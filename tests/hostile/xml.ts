/** An element as the tests read it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text between its tags, blanks at both ends left out. */
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" },
};
const TAG = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.-]*="[^"<]*")*)\s*(\/?)>/y;
const TEXT = /[^<]+/y;
const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Reads a document without comments and sections; throws where it is not well-formed. */
export function parseXml(document: string): XmlElement {
  if (ILLEGAL.test(document)) throw new Error('a character that XML does not have');
  const body = document.replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\s*/, '').trimEnd();
  const open: {
    name: string;
    attributes: Record<string, string>;
    children: XmlElement[];
    text: string;
  }[] = [];
  let root: XmlElement | undefined;
  for (let at = 0; at < body.length; ) {
    TAG.lastIndex = at;
    TEXT.lastIndex = at;
    const tag = TAG.exec(body);
    const text = tag === null ? TEXT.exec(body) : null;
    const parent = open.at(-1);
    if (tag !== null) {
      at = TAG.lastIndex;
      const [, slash, name = '', list = '', selfClosing] = tag;
      if (slash !== '') {
        if (parent?.name !== name) throw new Error(`</${name}> closes nothing`);
        open.pop();
        parent.text = parent.text.trim();
        continue;
      }
      if (parent === undefined && root !== undefined) throw new Error('a second root');
      const element = { name, attributes: attributesOf(list), children: [], text: '' };
      root ??= element;
      parent?.children.push(element);
      if (selfClosing === '') open.push(element);
    } else if (text !== null && parent !== undefined) {
      at = TEXT.lastIndex;
      parent.text += unescaped(text[0]);
    } else throw new Error(`no markup at ${body.slice(at, at + 40)}`);
  }
  if (root === undefined || open.length > 0) throw new Error('an element is not closed');
  return root;
}

function attributesOf(list: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, key = '', value = ''] of list.matchAll(/([\w.-]+)="([^"]*)"/g)) {
    if (key in attributes) throw new Error(`${key} twice`);
    attributes[key] = unescaped(value);
  }
  return attributes;
}

function unescaped(text: string): string {
  return text.replaceAll(/&([^;\s]*;?)/g, (_all, reference: string) => {
    const number = /^#(\d+);$/.exec(reference)?.[1];
    const value =
      number === undefined
        ? ENTITIES[reference.slice(0, -1)]
        : String.fromCodePoint(Number(number));
    if (value === undefined || !reference.endsWith(';')) throw new Error(`&${reference}`);
    return value;
  });
}
