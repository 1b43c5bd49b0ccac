import type { Key } from "@nonmarkov/random";
import { alphaBarAt, type Schedule } from "@nonmarkov/schedule";
import { owned } from "./owned.ts";
import type { VectorSpace } from "./vectorSpace.ts";

/** What {@link noised} noises, and how far. */
export type NoisedOptions<V> = {
  /** Clean data; borrowed. */
  readonly x0: V;
  /** The index to noise to, 0..T, also between integers. */
  readonly t: number;
  /** Gives alphaBar at t. */
  readonly schedule: Schedule;
  /** Of the noise: row i of the batch draws from foldIn(key, firstIndex + i). */
  readonly key: Key;
  /** How to compute with vectors. */
  readonly space: VectorSpace<V>;
  /** The sample index of the batch's first row, default 0. */
  readonly firstIndex?: number;
};

/**
 * A draw of q(x_t | x0), eq. (4): √a·x0 + √(1-a)·z, owned by the caller. To edit an image by SDEdit (Meng et al., arXiv
 * 2108.01073), noise it to t and sample from there: on `tauFrom(tau, t)`, or with `startAt(table, t)`.
 * @throws RangeError if t is outside 0..T
 */
export const noised = <V>({ x0, t, schedule, key, space, firstIndex = 0 }: NoisedOptions<V>): V => {
  const alphaBar = alphaBarAt(schedule, t);
  const mine = owned(space);
  try {
    const z = mine.own(space.normal(key, x0, firstIndex));
    return space.combine([Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)], [x0, z]);
  } finally {
    mine.keepOnly([]);
  }
};
