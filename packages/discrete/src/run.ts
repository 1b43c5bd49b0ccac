import type { Key } from "@nonmarkov/random";
import type { Classes } from "./classes.ts";
import type { Denoiser } from "./denoiser.ts";
import type { Table } from "./table.ts";

/** Everything that a run of a table needs. */
export type Run = {
  /** The moves: a planner's result, or a part of it. */
  readonly table: Table;
  /** Predicts the clean classes, once per row of the table. */
  readonly denoiser: Denoiser;
  /** The state at the first row's t, such as `drawUniform` gives. Borrowed. */
  readonly xT: Classes;
  /** How many samples xT holds, default 1. */
  readonly rows?: number;
  /** K. */
  readonly classes: number;
  /** Sample i draws in row `step` of the table from foldIn(foldIn(key, step), firstIndex + i). */
  readonly key: Key;
  /** The sample index of the first of the batch, default 0: shards of a batch draw what the whole draws. */
  readonly firstIndex?: number;
  /** Ends the run with the signal's reason, before the next evaluation; with a signal each row lets other events happen. */
  readonly signal?: AbortSignal;
};
