/** Figures as SVG text: dots on a logarithmic axis by row, and lines on two logarithmic axes. */

/** Okabe and Ito's colours, which colour-blind people can tell apart; the greys are for what is in the background. */
export const colors = {
  blue: '#0072b2',
  vermillion: '#d55e00',
  green: '#009e73',
  purple: '#cc79a7',
  orange: '#e69f00',
  sky: '#56b4e9',
  brown: '#8c6d46',
  black: '#222222',
};
const [INK, FAINT, GRID] = ['#24292f', '#57606a', '#e3e6ea'];

const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
const attributes = (values) =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? Number(value.toFixed(2)) : value}"`)
    .join('');
const tag = (name, values, inner = '') => `<${name}${attributes(values)}>${inner}</${name}>`;
export const text = (x, y, value, values = {}) =>
  tag('text', { x, y, fill: INK, 'font-size': 13, ...values }, escaped(value));
export const line = (x1, y1, x2, y2, values = {}) => tag('line', { x1, y1, x2, y2, stroke: GRID, ...values });

/** A figure on white, so that it can be read on a dark page too. */
export function figure(title, width, height, parts) {
  const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
  const box = tag('rect', { width, height, rx: 6, fill: 'white' });
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escaped(title)}" font-family="${font}">`;
  return `${[open, tag('title', {}, escaped(title)), box, ...parts].join('\n')}\n</svg>\n`;
}

/** A logarithmic scale from values [low, high] to pixels [from, to]. */
function log([low, high], [from, to]) {
  const at = (value) =>
    from + ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (to - from);
  const tens = [];
  for (let p = Math.ceil(Math.log10(low) - 1e-9); 10 ** p <= high * 1.0001; p++) tens.push(10 ** p);
  return Object.assign(at, { tens });
}

const UNITS = [
  [1e6, ' s'],
  [1e3, ' ms'],
  [1, ' µs'],
  [1e-3, ' ns'],
];
/** Microseconds with the unit that fits. */
export function duration(micros) {
  const [size, unit] = UNITS.find(([size]) => micros >= size * 0.9999) ?? UNITS.at(-1);
  return `${Number((micros / size).toPrecision(2))}${unit}`;
}

const marks = {
  circle: (x, y, fill) => tag('circle', { cx: x, cy: y, r: 5.5, fill, stroke: 'white', 'stroke-width': 1 }),
  diamond: (x, y, fill) =>
    tag('path', {
      d: `M${x.toFixed(1)} ${(y - 7.5).toFixed(1)}l7.5 7.5l-7.5 7.5l-7.5 -7.5z`,
      fill,
      stroke: 'white',
    }),
};

/**
 * rows: [{ label, note, dots: [{ series, value (µs) }] }]; series: { [name]: { color, mark } }, in the legend's
 * order. The first and the last dot of a row have their value beside them.
 */
export function dotPlot({ title, subtitle, rows, series }) {
  const [width, left, right, top, rowHeight] = [960, 300, 84, 118, 46];
  const values = rows.flatMap(({ dots }) => dots.map(({ value }) => value));
  const x = log([Math.min(...values) / 4, Math.max(...values)], [left, width - right]);
  const bottom = top + rows.length * rowHeight;
  const parts = [
    text(24, 32, title, { 'font-size': 18, 'font-weight': 600 }),
    text(24, 53, subtitle, { fill: FAINT }),
  ];
  let at = 24;
  for (const [name, { color, mark }] of Object.entries(series)) {
    parts.push(marks[mark](at + 6, 79, color), text(at + 18, 83.5, name));
    at += 34 + 6.9 * name.length;
  }
  for (const ten of x.tens) {
    parts.push(
      line(x(ten), top - 8, x(ten), bottom),
      text(x(ten), bottom + 20, duration(ten), { fill: FAINT, 'text-anchor': 'middle', 'font-size': 12 }),
    );
  }
  for (const [i, { label, note, dots }] of rows.entries()) {
    const y = top + (i + 0.5) * rowHeight;
    const reach = dots.map(({ value }) => x(value));
    parts.push(
      text(24, y - (note ? 3 : -4), label, { 'font-weight': 600 }),
      ...(note ? [text(24, y + 14, note, { fill: FAINT, 'font-size': 12 })] : []),
      line(Math.min(...reach), y, Math.max(...reach), y, { stroke: '#c6ccd2', 'stroke-width': 2 }),
    );
    const sizes = dots.map(({ value }) => value);
    const beside = { fill: FAINT, 'font-size': 12 };
    parts.push(
      text(Math.min(...reach) - 13, y + 4, duration(Math.min(...sizes)), { ...beside, 'text-anchor': 'end' }),
      text(Math.max(...reach) + 12, y + 4, duration(Math.max(...sizes)), beside),
    );
    const order = Object.keys(series);
    const ordered = [...dots].sort((a, b) => order.indexOf(b.series) - order.indexOf(a.series));
    for (const { series: name, value } of ordered)
      parts.push(marks[series[name].mark](x(value), y, series[name].color));
  }
  return figure(title, width, bottom + 36, parts);
}

const dots = {
  full: (cx, cy, color) => tag('circle', { cx, cy, r: 3.6, fill: color, stroke: color, 'stroke-width': 1.6 }),
  hollow: (cx, cy, color) =>
    tag('circle', { cx, cy, r: 3.6, fill: 'white', stroke: color, 'stroke-width': 1.6 }),
};

/**
 * Panels side by side: [{ title, x: { label, low, high, ticks }, captions, lines: [{ color, dash, points: [{ x, y, dot }] }] }],
 * on one y axis of microseconds, with a 'full', a 'hollow' or no dot at each point; legend: [{ name, color, dash }].
 */
export function linePanels({ title, subtitle, panels, legend }) {
  const [panelWidth, gap, left, top, height] = [300, 26, 64, 150, 300];
  const width = left + panels.length * (panelWidth + gap) + 6;
  const ys = panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(({ y }) => y)));
  const y = log([Math.min(...ys) / 1.5, Math.max(...ys) * 1.5], [top + height, top]);
  const parts = [
    text(24, 32, title, { 'font-size': 18, 'font-weight': 600 }),
    text(24, 53, subtitle, { fill: FAINT }),
  ];
  for (const [i, { name, color, dash, dot }] of legend.entries()) {
    const [at, down] = [24 + (i % 3) * (panelWidth + gap), 78 + 22 * Math.floor(i / 3)];
    const stroke = { stroke: color, 'stroke-width': 2.4, 'stroke-dasharray': dash };
    parts.push(dot ? dots[dot](at + 11, down, color) : line(at, down, at + 22, down, stroke));
    parts.push(text(at + 28, down + 4.5, name));
  }
  for (const [i, { title, x: axis, captions, lines }] of panels.entries()) {
    const from = left + i * (panelWidth + gap);
    const x = log([axis.low, axis.high], [from + 8, from + panelWidth - 8]);
    parts.push(text(from, top - 14, title, { 'font-weight': 600 }));
    for (const ten of y.tens) {
      parts.push(line(from, y(ten), from + panelWidth, y(ten)));
      if (i === 0)
        parts.push(
          text(from - 8, y(ten) + 4, duration(ten), { fill: FAINT, 'text-anchor': 'end', 'font-size': 12 }),
        );
    }
    for (const tick of axis.ticks)
      parts.push(
        text(x(tick), top + height + 20, String(tick), {
          fill: FAINT,
          'text-anchor': 'middle',
          'font-size': 12,
        }),
      );
    parts.push(
      text(from + panelWidth / 2, top + height + 42, axis.label, {
        fill: FAINT,
        'text-anchor': 'middle',
        'font-size': 12,
      }),
    );
    for (const [j, caption] of captions.entries())
      parts.push(text(from, top + height + 66 + 17 * j, caption, { fill: FAINT, 'font-size': 12 }));
    for (const { color, dash, points } of lines) {
      const path = points.map((p, j) => `${j ? 'L' : 'M'}${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}`).join('');
      parts.push(
        tag('path', {
          d: path,
          fill: 'none',
          stroke: color,
          'stroke-width': dash ? 1.6 : 2.4,
          'stroke-dasharray': dash,
          'stroke-linejoin': 'round',
        }),
      );
      for (const p of points) if (p.dot) parts.push(dots[p.dot](x(p.x), y(p.y), color));
    }
  }
  const most = Math.max(...panels.map(({ captions }) => captions.length));
  return figure(title, width, top + height + 66 + 17 * most, parts);
}
