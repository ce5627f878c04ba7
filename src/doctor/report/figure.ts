/** A figure: what happened in one run, or in several side by side on the same axes. */
import { ConfigError, show, suggest } from '../../errors.js';
import { text } from '../../settings.js';
import { fitted, heading, label, patterns, timeAxis } from './drawing.js';
import { curvePanel, heatPanel, isMeasure, type Panel, panelMeasures } from './panels.js';
import { checkReported, type Reported, type ReportOptions, titleOf } from './reported.js';
import { MARGIN, placed, type Run, WIDTH } from './runs.js';
import { light } from './style.js';
import { escaped, fixed } from './svg.js';
import { marksOf } from './timeline.js';

export interface FigureOptions extends ReportOptions {
  /** What each run is called. */
  readonly names?: readonly string[];
  /** The time axis: epochs, or updates on a logarithmic axis, which shows how a training begins. Default 'epochs'. */
  readonly time?: 'epochs' | 'updates';
  /**
   * What is drawn, from top to bottom: names of history.history as curves, with their validation form, and as heat maps by
   * layer 'gradientNorm', 'weightNorm', 'updateRatio', 'deadShare', 'saturatedShare'. Default: loss, metrics, gradientNorm.
   */
  readonly panels?: readonly string[];
}

/** Below the last panel. */
const AXIS = 50;
/** Diagnoses that are written out for a run. */
const TOLD = 3;

/**
 * One SVG picture of what fit returned: loss, metrics and the gradient's way through the layers over time, each diagnosis
 * marked; of a list of histories, the runs side by side on the same axes and colours. It stands by itself and looks the
 * same on light and dark pages.
 */
export function svg(reported: Reported | readonly Reported[], options: FigureOptions = {}): string {
  const what = 'report.svg';
  const list = (Array.isArray(reported) ? reported : [reported]) as readonly Reported[];
  const checked = list.map((one) => checkReported(what, one, options, ['names', 'time', 'panels']));
  if (checked.length === 0)
    throw new ConfigError(`${what}: got an empty list; expected what fit returns, or a list of that.`);
  const { title, time = 'epochs', names = [] } = options;
  if (title !== undefined) text(`${what}: title`, title);
  if (time !== 'epochs' && time !== 'updates')
    throw new ConfigError(`${what}: time is ${show(time)}; expected 'epochs' or 'updates'.`);
  if (!Array.isArray(names) || (names.length > 0 && names.length !== list.length))
    throw new ConfigError(
      `${what}: names is ${show(names)}; expected one for each of the ${list.length} runs.`,
    );
  for (const name of names) text(`${what}: a name`, name);
  const chosen = panelsOf(what, checked, options.panels);
  const runs = placed(what, checked, names, time, chosen.filter(isMeasure));

  const head = headOf(runs, title);
  const panels: Panel[] = [];
  let y = head.bottom;
  for (const name of chosen) {
    const legend = !chosen.slice(0, chosen.indexOf(name)).some((before) => !isMeasure(before));
    const panel = isMeasure(name) ? heatPanel(name, runs, y) : curvePanel(name, runs, y, legend);
    panels.push(panel);
    y = panel.bottom;
  }
  const unit = time === 'epochs' ? 'epoch' : 'update (log scale)';
  const under = runs.map(
    (run) => marks(run, panels) + timeAxis({ ...run, top: y, bottom: y }, run.time, unit),
  );
  const height = Math.ceil(y + AXIS);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" role="img" aria-label="${escaped(title ?? 'A training')}">
${patterns}<rect width="${WIDTH}" height="${height}" fill="${light.card}"/>
${[head.body, ...panels.map(({ body }) => body), ...under].join('\n')}
</svg>
`;
}

/** The names of the panels to draw. */
function panelsOf(
  what: string,
  all: readonly Reported[],
  chosen: readonly string[] | undefined,
): readonly string[] {
  const measured = all.some(({ vitals }) => vitals && vitals.step.length > 0);
  const curves = new Set(measured ? ['loss'] : []);
  for (const { history = {} } of all)
    for (const name of Object.keys(history)) if (!name.startsWith('val_')) curves.add(name);
  if (chosen === undefined) return [...curves, ...(measured ? ['gradientNorm'] : [])];
  const known = [...curves, ...(measured ? panelMeasures : [])];
  if (!Array.isArray(chosen) || chosen.length === 0)
    throw new ConfigError(`${what}: panels is ${show(chosen)}; expected some of '${known.join("', '")}'.`);
  for (const panel of chosen)
    if (!known.includes(panel))
      throw new ConfigError(`${what}: there is no panel ${show(panel)}. ${suggest(String(panel), known)}`);
  return chosen;
}

/** The title, and over each run its name and what the doctor said. */
function headOf(runs: readonly Run[], title: string | undefined): Panel {
  const parts = title ? [label(fitted(title, WIDTH - 2 * MARGIN, 18), MARGIN, MARGIN + 16, heading(18))] : [];
  let y = MARGIN + (title ? 30 : 0);
  for (const { left, right, name } of runs)
    if (name) parts.push(label(fitted(name, right - left, 14), left, y + 14, heading(14)));
  if (runs.some(({ name }) => name)) y += 22;
  const told = runs.map(toldOf);
  for (const [i, { left, right }] of runs.entries())
    for (const [k, { words, when = '', colour }] of told[i].entries()) {
      const full = words + when;
      const shown = fitted(full, right - left, 12) === full ? full : fitted(words, right - left, 12);
      parts.push(label(shown, left, y + 12 + 17 * k, { size: 12, colour }));
    }
  return { body: parts.join(''), top: y, bottom: y + 17 * Math.max(...told.map(({ length }) => length)) + 6 };
}

/** `when` may be left out where there is no room. */
function toldOf({
  reported: { diagnoses, repairs, vitals },
}: Run): { words: string; when?: string; colour: string }[] {
  if (diagnoses.length === 0)
    return vitals ? [{ words: 'Nothing wrong', when: ' was found.', colour: light.good }] : [];
  const lines = diagnoses.map(({ problem, layer, severity, step }, i) => ({
    words: `${i + 1}: ${titleOf(problem)}${layer ? ` in ${layer}` : ''}`,
    when: step === 0 ? ', before training' : `, update ${step}`,
    colour: light[severity],
  }));
  if (lines.length > TOLD)
    lines.splice(TOLD - 1, lines.length, {
      words: `and ${lines.length - TOLD + 1} more`,
      when: '',
      colour: light.soft,
    });
  const mended = repairs.flatMap(({ remedy, kept, backTo }) =>
    kept
      ? [{ words: `Repaired: ${titleOf(remedy)}`, when: ` from epoch ${backTo + 1} on`, colour: light.good }]
      : [],
  );
  return [...lines, ...mended];
}

/** Where something was found: a line through all panels, with its numbers on top. */
function marks({ reported, timeline, time }: Run, panels: readonly Panel[]): string {
  const found = marksOf(
    reported.diagnoses.filter(({ step }) => step > 0),
    timeline,
  );
  let free = Number.NEGATIVE_INFINITY;
  return [...found]
    .sort((a, b) => a.at - b.at)
    .map(({ at, numbers, severity }) => {
      const x = time.place(at);
      const colour = light[severity];
      const lines = panels.map(
        ({ top, bottom }) =>
          `<line x1="${fixed(x)}" x2="${fixed(x)}" y1="${top}" y2="${bottom}" stroke="${colour}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
      );
      const words = numbers.join(', ');
      const width = 10 + 6 * words.length;
      // Badges stand side by side where their lines are too close.
      const middle = Math.max(x, free + width / 2);
      free = middle + width / 2 + 1;
      const { top } = panels[0];
      return (
        lines.join('') +
        `<rect x="${fixed(middle - width / 2)}" y="${top - 8}" width="${width}" height="16" rx="8" fill="${colour}"/>` +
        label(words, middle, top + 4, { colour: light.card, anchor: 'middle', weight: 600 })
      );
    })
    .join('');
}
