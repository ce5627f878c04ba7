/** Units: dead, stuck, dropped. */
import type { Threshold } from './threshold.js';

export const units = {
  deadUnits: {
    value: 0.5,
    reason:
      'Share of a ReLU layer’s units that fire for no training example, where they died in training and the model stands still; or has learned less than half and hardly goes on, after steps large enough to throw units out: what is left of the layer is then what it can still learn with.',
    source: 'SageMaker Debugger: layer alarm at 50 %',
  },
  deadGrowth: {
    value: 0.25,
    reason: 'Share of units that must have died since the start to say that training killed them.',
    source: 'definition',
  },
  mostUnits: {
    value: 0.8,
    reason:
      'Share of dead units, wherever they come from, that a model which stands still is blamed on. Narrow layers are often born with three dead units in five.',
    source: 'a unit of five left',
  },
  flatShare: {
    value: 0.6,
    reason: 'Share of a layer’s outputs on the flat ends of its activation, lastingly and without progress.',
    source: 'SageMaker Debugger, DeepDiagnosis: 50 %',
  },
  highDropout: {
    value: 0.85,
    reason: 'Dropout rate from which less than one value in seven comes through.',
    source: 'Srivastava et al. 2014 use 0.2 to 0.5',
  },
  dropoutLeft: {
    value: 0.02,
    reason: 'Share of values that come through all dropout layers one after the other.',
    source: 'three layers at 0.5 leave 0.125',
  },
  fewUnits: {
    value: 1.5,
    reason: 'Units that a dropout layer leaves of its input on average, where it takes half of them or more.',
    source: 'with one unit left a layer is a single number',
  },
  halfDropped: {
    value: 0.5,
    reason: 'Rate from which few units left are its fault.',
    source: 'Srivastava et al. 2014 use 0.2 to 0.5',
  },
  silencingDropout: {
    value: 0.97,
    reason: 'Rate at which training cannot succeed.',
    source: 'one value in thirty comes through, thirty times as loud',
  },
  passedByDropout: {
    value: 0.05,
    reason: 'Share of values that come through all dropout layers, in a model that learns next to nothing.',
    source: 'three layers at 0.5 leave 0.125',
  },
  heavyDropout: {
    value: 0.75,
    reason: 'Rate of one layer that is heavy by itself, in a model that learns next to nothing.',
    source: 'Srivastava et al. 2014: from 0.7 on test errors rise',
  },
} as const satisfies Record<string, Threshold>;
