import type { Table } from "@nonmarkov/samplers";
import type { Schedule } from "@nonmarkov/schedule";
import type { tauNames } from "../options/sampler-options.ts";
import { plan } from "../plan.ts";

/** A column of Table 1: a kind of noise. */
export type Column = {
  /** For file names and JSON: "eta0.2", "sigma-hat". */
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** null for sigma-hat. */
  readonly eta: number | null;
};

/** The paper's columns. */
export const columns: readonly Column[] = [
  ...[0, 0.2, 0.5, 1].map((eta) => ({ id: `eta${eta}`, label: `η = ${eta}`, eta })),
  { id: "sigma-hat", label: "σ̂", eta: null },
];

/** A cell of Table 1. */
export type Cell = Column & {
  /** Number of steps. */
  readonly S: number;
  readonly table: Table;
  /** The folder of its files. */
  readonly work: string;
};

/** The cell of a kind of noise and a number of steps. */
export const cellOf = (schedule: Schedule, column: Column, S: number, tau: (typeof tauNames)[number]): Cell => ({
  ...column,
  S,
  work: `table1/${column.id}-S${S}`,
  table:
    column.eta === null
      ? plan(schedule, { sampler: "sigma-hat", steps: S, tau })
      : plan(schedule, { sampler: "ddim", eta: column.eta, steps: S, tau }),
});

/** All cells, row by row. */
export const cells = (schedule: Schedule, steps: readonly number[], tau: (typeof tauNames)[number]): readonly Cell[] =>
  steps.flatMap((S) => columns.map((column) => cellOf(schedule, column, S, tau)));
