/** Units: dead, stuck, dropped. */
export const units = {
  /**
   * Share of a ReLU layer’s units that fire for no training example, where they died in training and the model
   * stands still; or has learned less than half and hardly goes on, after steps large enough to throw units out:
   * what is left of the layer is then what it can still learn with.
   * Source: SageMaker Debugger: layer alarm at 50 %.
   */
  deadUnits: 0.5,
  /**
   * Share of units that must have died since the start to say that training killed them.
   * Source: definition.
   */
  deadGrowth: 0.25,
  /**
   * Share of dead units, wherever they come from, that a model which stands still is blamed on. Narrow layers are
   * often born with three dead units in five.
   * Source: a unit of five left.
   */
  mostUnits: 0.8,
  /**
   * Share of a layer’s outputs on the flat ends of its activation, lastingly and without progress.
   * Source: SageMaker Debugger, DeepDiagnosis: 50 %.
   */
  flatShare: 0.6,
  /**
   * Dropout rate from which less than one value in seven comes through.
   * Source: Srivastava et al. 2014 use 0.2 to 0.5.
   */
  highDropout: 0.85,
  /**
   * Share of values that come through all dropout layers one after the other.
   * Source: three layers at 0.5 leave 0.125.
   */
  dropoutLeft: 0.02,
  /**
   * Units that a dropout layer leaves of its input on average, where it takes half of them or more.
   * Source: with one unit left a layer is a single number.
   */
  fewUnits: 1.5,
  /**
   * Rate from which few units left are its fault.
   * Source: Srivastava et al. 2014 use 0.2 to 0.5.
   */
  halfDropped: 0.5,
  /**
   * Rate at which training cannot succeed.
   * Source: one value in thirty comes through, thirty times as loud.
   */
  silencingDropout: 0.97,
  /**
   * Share of values that come through all dropout layers, in a model that learns next to nothing.
   * Source: three layers at 0.5 leave 0.125.
   */
  passedByDropout: 0.05,
  /**
   * Rate of one layer that is heavy by itself, in a model that learns next to nothing.
   * Source: Srivastava et al. 2014: from 0.7 on test errors rise.
   */
  heavyDropout: 0.75,
};
