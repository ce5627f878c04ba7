/** Colours of the ramps, from nothing to much; one list for light pages and one for dark ones. */
export const heat = {
  light: [
    '#f2efe9',
    '#f6e3c5',
    '#f8d49a',
    '#f7c06f',
    '#f2a751',
    '#e88b44',
    '#d86f42',
    '#c15345',
    '#a23c49',
    '#7d2a4b',
    '#541c47',
  ],
  dark: [
    '#27242e',
    '#30253a',
    '#412846',
    '#5b2d55',
    '#78335c',
    '#973b5c',
    '#b54a55',
    '#cf604a',
    '#e37d43',
    '#f0a04a',
    '#f8c96b',
  ],
};
/** Blue below, grey in the middle, red above. */
export const balance = {
  light: [
    '#1f4e8c',
    '#3a6fae',
    '#6291c6',
    '#93b3d8',
    '#c3d4e6',
    '#e9ebe6',
    '#f1d3c2',
    '#eaad91',
    '#dc8264',
    '#c25641',
    '#982f2b',
  ],
  dark: [
    '#7db4f0',
    '#5b95d6',
    '#4477b5',
    '#345a8c',
    '#2a4163',
    '#26303a',
    '#4d332e',
    '#7a4034',
    '#a8523d',
    '#d06b4c',
    '#f08f67',
  ],
};

const ramps = (mode: 'light' | 'dark'): string =>
  [
    ...heat[mode].map((colour, i) => `.heat .h${i}{fill:${colour}}`),
    ...balance[mode].map((colour, i) => `.balance .h${i}{fill:${colour}}`),
  ].join('');

/** The colours of everything else, on light pages and on dark ones. */
export const light = {
  page: '#faf9f7',
  card: '#ffffff',
  text: '#23221f',
  soft: '#6b6860',
  rule: '#e4e1da',
  code: '#f4f2ed',
  train: '#2a6fb0',
  val: '#d9772b',
  other: '#4c9a6a',
  error: '#c0392b',
  warning: '#c98a11',
  note: '#5f7a94',
  good: '#3b8a57',
};
const dark: typeof light = {
  page: '#15151a',
  card: '#1d1d24',
  text: '#e8e6e1',
  soft: '#9a968d',
  rule: '#32313a',
  code: '#25252e',
  train: '#6ab0ee',
  val: '#f0a05a',
  other: '#7cc799',
  error: '#ff7b6b',
  warning: '#eebb4d',
  note: '#93aec9',
  good: '#7cc799',
};

const variables = (colours: typeof light): string =>
  Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');

export const style = `
:root{color-scheme:light dark;${variables(light)}}
${ramps('light')}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}${ramps('dark')}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1000px;margin:0 auto;padding:40px 24px 80px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:19px;margin:48px 0 4px}
p{margin:0 0 10px}
.soft{color:var(--soft)}
.lead{font-size:18px;margin:0 0 18px}
.lead .good{color:var(--good)}.lead .error{color:var(--error)}.lead .warning{color:var(--warning)}.lead .note{color:var(--note)}
.facts{display:flex;flex-wrap:wrap;gap:10px 32px;margin:0 0 8px;padding:0}
.facts div{min-width:80px}
.facts dt{font-size:13px;color:var(--soft)}
.facts dd{margin:0;font-size:20px;font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.panel{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 10px 6px;margin:10px 0;overflow-x:auto}
.panel svg{min-width:640px}
.tick{fill:var(--soft);font-size:11px;font-variant-numeric:tabular-nums}
.row{fill:var(--text);font-size:11.5px}
.grid{stroke:var(--rule)}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}
.curve.train{stroke:var(--train)}.curve.val{stroke:var(--val)}.curve.other{stroke:var(--other)}.curve.fine{stroke:var(--train);stroke-width:1;opacity:.35}
.end{font-size:12px}.end.train{fill:var(--train)}.end.val{fill:var(--val)}.end.other{fill:var(--other)}
.end-value{fill:var(--soft);font-variant-numeric:tabular-nums}
.mark{stroke-width:1.5;stroke-dasharray:4 3}
.mark.error{stroke:var(--error)}.mark.warning{stroke:var(--warning)}.mark.note{stroke:var(--note)}
.badge.error{fill:var(--error)}.badge.warning{fill:var(--warning)}.badge.note{fill:var(--note)}
.badge-text{fill:var(--card);font-size:11px;font-weight:600}
.broken{fill:var(--error)}
.diagnosis{background:var(--card);border:1px solid var(--rule);border-left:4px solid var(--note);border-radius:10px;padding:16px 20px 12px;margin:14px 0}
.diagnosis.error{border-left-color:var(--error)}.diagnosis.warning{border-left-color:var(--warning)}
.diagnosis.kept{border-left-color:var(--good)}
.diagnosis h3{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 10px;font-size:17px;margin:0 0 8px}
.number{display:inline-block;min-width:24px;padding:0 7px;border-radius:12px;background:var(--note);color:var(--card);font-size:14px;line-height:24px;text-align:center;font-weight:600}
.error .number{background:var(--error)}.warning .number{background:var(--warning)}
.where{font-weight:400;color:var(--soft);font-size:14px}
.evidence{display:flex;flex-wrap:wrap;gap:4px 22px;margin:0 0 12px;padding:0;font-size:14px}
.evidence div{display:flex;gap:7px;max-width:100%}
.evidence dt{color:var(--soft)}
.evidence dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.remedies{margin:0;padding:0;list-style:none;counter-reset:remedy}
.remedies li{margin:0 0 10px}
.remedies strong{font-weight:600}
pre{margin:4px 0 0;padding:9px 12px;border-radius:7px;background:var(--code);font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{body{background:#fff}.panel,.diagnosis{break-inside:avoid}}
`;
