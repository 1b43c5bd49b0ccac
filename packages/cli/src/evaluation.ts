/** One sampler measured: a row of the table that `evaluate` and the demo write. */
export type Measurement = {
  /** Its name: ddim, ddpm, sigma-hat, pf-euler. */
  readonly sampler: string;
  /** Its column in the table of steps against noise: "η = 0.5", "σ̂", "ODE (15)". */
  readonly column: string;
  /** Steps of the sub-sequence. */
  readonly steps: number;
  /** DDIM's noise level; null for the others. */
  readonly eta: number | null;
  /** Network evaluations per sample. */
  readonly evaluations: number;
  /** Samples drawn. */
  readonly n: number;
  /** Time for all of them. */
  readonly seconds: number;
  /** Distance to the data, of the raw values. */
  readonly slicedWasserstein: number;
  /** Frechet distance to the data, of fixed random features. */
  readonly frechet: number;
};

/** How far samples are from the data. */
export type Distances = Pick<Measurement, "slicedWasserstein" | "frechet">;

/** The numbers of one metric as a table: a row per number of steps, a column per sampler. */
export type Pivot = {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly steps: number; readonly cells: readonly (number | undefined)[] }[];
};

/** Orders measurements by steps and by column. */
export const pivot = (measurements: readonly Measurement[], value: (measurement: Measurement) => number): Pivot => {
  const columns = [...new Set(measurements.map(({ column }) => column))];
  const steps = [...new Set(measurements.map((m) => m.steps))].sort((a, b) => a - b);
  return {
    columns,
    rows: steps.map((S) => ({
      steps: S,
      cells: columns.map((column) => {
        const found = measurements.find((m) => m.steps === S && m.column === column);
        return found === undefined ? undefined : value(found);
      }),
    })),
  };
};
