import { diagnose } from 'chainrule';
import { cases } from './cases.mjs';
for (const c of cases) { const out = []; for (let s = 0; s < 8; s++) { const { model, x, y } = c.build(s); for (const d of diagnose(model, x, y)) if (d.problem === 'vanishing-gradient') out.push(d.evidence.ratio.toExponential(1)); } if (out.length) console.log(c.name, out.join(' ')); }
