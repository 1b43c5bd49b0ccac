import type { Key } from "@nonmarkov/random";
import type { Corrector } from "./corrector.ts";
import type { Denoiser, Prediction } from "./denoiser.ts";
import type { MapNoise } from "./mapNoise.ts";
import type { MapX0 } from "./mapX0.ts";
import type { Table } from "./table.ts";
import type { VectorSpace } from "./vectorSpace.ts";

/** Everything that a run of a table needs. */
export type Run<V> = {
  /** The moves: a planner's result, or a part of it. */
  readonly table: Table;
  /** The network, evaluated once per row that has a time. */
  readonly denoiser: Denoiser<V>;
  /** The state at the first row's t: x_T to sample, x_0 to encode, a noised image to edit. Borrowed. */
  readonly xT: V;
  /** How to compute with vectors. */
  readonly space: VectorSpace<V>;
  /** Needed if any row adds noise: row i draws from foldIn(key, i). */
  readonly key?: Key;
  /** The sample index of the first row of the batch, default 0: shards of a batch draw the noise of the whole. */
  readonly firstIndex?: number;
  /** What the denoiser predicts, default "eps". */
  readonly prediction?: Prediction;
  /** Takes the prediction out of what the denoiser gives, if that is more. Borrows it; the run owns the result. */
  readonly read?: (raw: V) => V;
  /** Changes the predicted clean data in every row. */
  readonly mapX0?: MapX0<V>;
  /** Changes the fresh noise of rows that evaluate and add some, as a learned variance does. */
  readonly mapNoise?: MapNoise<V>;
  /**
   * Corrects the state after every move but those to clean data. It is for samplers without a memory: a table with stages
   * or remembered predictions computes from where x was before it was corrected.
   */
  readonly correct?: Corrector<V>;
  /** Ends the run with the signal's reason, before the next evaluation; with a signal each row lets other events happen. */
  readonly signal?: AbortSignal;
};
