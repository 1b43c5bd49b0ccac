/** An explicit Runge-Kutta method as its table of numbers. */
export type Tableau = {
  /** The global error falls as steps^-order. */
  readonly order: number;
  /** Stage i begins at the step's share nodes[i] of time ... */
  readonly nodes: readonly number[];
  /** ... from x plus the step times the sum of stages[i][j] times stage j, j < i. */
  readonly stages: readonly (readonly number[])[];
  /** The step's result adds these shares of the stages. */
  readonly weights: readonly number[];
};

/** Heun's method (the explicit trapezoidal rule): order 2, two evaluations per step. */
export const heunTableau: Tableau = { order: 2, nodes: [0, 1], stages: [[], [1]], weights: [1 / 2, 1 / 2] };

/** Kutta's classical method: order 4, four evaluations per step. */
export const rk4Tableau: Tableau = {
  order: 4,
  nodes: [0, 1 / 2, 1 / 2, 1],
  stages: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
  weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
};
