/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** A figure at a place of the horizontal axis, with its extremes. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** What a chart says beside its lines. */
export interface Labels {
  readonly title: string;
  readonly subtitle: string;
  readonly x: string;
  readonly y: string;
}

const frame = { width: 720, height: 420, left: 72, right: 170, top: 64, bottom: 56 };
/** Colours that people who see few of them can tell apart, and marks for everybody else. */
const looks = [
  { colour: '#0072b2', dash: '' },
  { colour: '#d55e00', dash: '7 3' },
  { colour: '#009e73', dash: '2 3' },
  { colour: '#8a5a83', dash: '9 3 2 3' },
] as const;

/** A line chart as an SVG document: values of x at their logarithm, y from zero, whiskers from low to high. */
export function lineChart(series: readonly Series[], labels: Labels): string {
  const points = series.flatMap((line) => line.points);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const ticks = ticksUpTo(Math.max(...points.map(({ high }) => high)));
  const top = ticks.at(-1) ?? 1;
  const [first = 1, last = first] = [xs[0], xs.at(-1)];
  const width = frame.width - frame.left - frame.right;
  const height = frame.height - frame.top - frame.bottom;
  const across = (x: number) =>
    round(
      frame.left + (last === first ? 0.5 : Math.log(x / first) / Math.log(last / first)) * width,
    );
  const up = (y: number) => round(frame.top + height - (y / top) * height);
  const bottom = frame.top + height;
  const right = frame.left + width;

  const body: string[] = [
    `<text x="${frame.left}" y="26" font-size="17" font-weight="600">${escaped(labels.title)}</text>`,
    `<text x="${frame.left}" y="46" fill="#555">${escaped(labels.subtitle)}</text>`,
  ];
  for (const tick of ticks) {
    body.push(
      `<path d="M${frame.left} ${up(tick)}H${right}" stroke="#ddd"/>`,
      `<text x="${frame.left - 8}" y="${up(tick) + 4}" text-anchor="end">${count(tick)}</text>`,
    );
  }
  for (const x of xs) {
    body.push(
      `<path d="M${across(x)} ${bottom}v5" stroke="#333"/>`,
      `<text x="${across(x)}" y="${bottom + 20}" text-anchor="middle">${count(x)}</text>`,
    );
  }
  body.push(
    `<path d="M${frame.left} ${bottom}H${right}" stroke="#333"/>`,
    `<text x="${frame.left + width / 2}" y="${frame.height - 12}" text-anchor="middle">${escaped(labels.x)}</text>`,
    `<text transform="translate(18 ${frame.top + height / 2}) rotate(-90)" text-anchor="middle">${escaped(labels.y)}</text>`,
  );
  for (const [index, { name, points: line }] of series.entries()) {
    const look = looks[index % looks.length] ?? looks[0];
    const path = line.map(({ x, y }) => `${across(x)} ${up(y)}`).join('L');
    body.push(
      `<path d="M${path}" fill="none" stroke="${look.colour}" stroke-width="2" stroke-dasharray="${look.dash}"/>`,
    );
    for (const { x, y, low, high } of line) {
      body.push(
        `<path d="M${across(x)} ${up(low)}V${up(high)}" stroke="${look.colour}"/>`,
        `<circle cx="${across(x)}" cy="${up(y)}" r="3.5" fill="${look.colour}"><title>${escaped(name)}: ${count(y)} at ${count(x)}</title></circle>`,
      );
    }
    const legend = frame.top + 8 + index * 22;
    body.push(
      `<path d="M${right + 16} ${legend}h26" stroke="${look.colour}" stroke-width="2" stroke-dasharray="${look.dash}"/>`,
      `<text x="${right + 48}" y="${legend + 4}">${escaped(name)}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${frame.width} ${frame.height}" width="${frame.width}" height="${frame.height}" role="img" aria-label="${escaped(labels.title)}" font-family="system-ui, sans-serif" font-size="13" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
${body.join('\n')}
</svg>
`;
}

/** Round values from 0 to one that is not below the largest. */
export function ticksUpTo(largest: number): readonly number[] {
  if (!(largest > 0)) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(largest / 4));
  const step = [1, 2, 5, 10].map((n) => n * magnitude).find((n) => n * 5 >= largest) ?? largest;
  const steps = Math.ceil(largest / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, n) => Number((n * step).toPrecision(12)));
}

function count(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
