import { foldIn } from "@nonmarkov/random";
import { outputMap } from "./outputMap.ts";
import type { Owned } from "./owned.ts";
import type { Run } from "./run.ts";
import type { Row } from "./table.ts";

/** The end of one move, inside the executor. */
type Arrival<V> = {
  readonly step: number;
  readonly row: Row;
  readonly x: V;
  /** The clean data that the move used, if predictions are asked for. */
  readonly x0: V | undefined;
  /** The predicted noise, likewise. */
  readonly eps: V | undefined;
};

/**
 * Runs a checked table: the one place where moves happen. Everything it makes belongs to `mine`; what an arrival holds
 * stays valid until the next one is asked for.
 * @param predictions whether arrivals must hold x0 and eps
 */
export const execute = async function* <V>(
  run: Run<V>,
  mine: Owned<V>,
  predictions: boolean,
): AsyncGenerator<Arrival<V>, void, undefined> {
  const { table, denoiser, space, key, firstIndex = 0, prediction = "eps", signal } = run;
  const { read, mapX0, mapNoise, correct } = run;
  const x0Memory = Math.max(...table.rows.map((row) => row.x0.length)) - 1;
  const epsMemory = Math.max(...table.rows.map((row) => row.eps.length)) - 1;
  const combine = (coefs: readonly number[], vectors: readonly V[]): V => {
    const used = coefs.flatMap((c, i) => (c === 0 ? [] : [i]));
    if (used.length === 0) used.push(0);
    return mine.own(
      space.combine(
        used.map((i) => coefs[i]!),
        used.map((i) => vectors[i]!),
      ),
    );
  };
  let x = run.xT;
  /** Predictions as vectors, newest first, where a table has a memory. */
  let x0s: readonly V[] = [];
  let epss: readonly V[] = [];

  for (const [step, row] of table.rows.entries()) {
    mine.keepOnly([x, ...x0s, ...epss]);
    if (signal !== undefined) {
      // a denoiser that computes synchronously would never let the event that aborts happen
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
    }
    const fresh = (): V => mine.own(space.normal(foldIn(key!, step), x, firstIndex));
    if (row.time === null) {
      x = combine([row.x, row.sigma], [x, fresh()]);
      continue;
    }
    const raw = mine.own(await denoiser(x, row.time));
    const output = read === undefined ? raw : mine.own(read(raw));
    const map = outputMap(prediction, row.alphaBarT);
    const express = ([fromX, fromOutput]: readonly [number, number]): V =>
      fromX === 0 && fromOutput === 1 ? output : combine([fromX, fromOutput], [x, output]);

    let x0: V | undefined;
    if (mapX0 !== undefined) x0 = mine.own(await mapX0(express(map.x0), row));
    else if (x0Memory > 0) x0 = express(map.x0);
    const eps = epsMemory > 0 ? express(map.eps) : undefined;
    if (x0Memory > 0) x0s = [x0!, ...x0s].slice(0, x0Memory + 1);
    if (eps !== undefined) epss = [eps, ...epss].slice(0, epsMemory + 1);

    // A prediction that exists as a vector enters as one; else its map is put into the coefficients of x and output.
    const coefs = [row.x, 0];
    const vectors = [x, output];
    const add = (c: number, vector: V | undefined, fromX: number, fromOutput: number): void => {
      if (c === 0) return;
      if (vector !== undefined) {
        coefs.push(c);
        vectors.push(vector);
      } else {
        coefs[0]! += c * fromX;
        coefs[1]! += c * fromOutput;
      }
    };
    row.x0.forEach((c, j) => add(c, j === 0 ? x0 : x0s[j], ...map.x0));
    row.eps.forEach((c, j) => add(c, epss[j], ...map.eps));
    if (row.sigma > 0) {
      const z = fresh();
      coefs.push(row.sigma);
      vectors.push(mapNoise === undefined ? z : mine.own(mapNoise(z, row, raw)));
    }
    let next = combine(coefs, vectors);

    const seenX0 = predictions ? (x0 ?? express(map.x0)) : undefined;
    const seenEps = predictions ? (eps ?? express(map.eps)) : undefined;
    if (correct !== undefined && row.alphaBarS < 1) {
      const { eps: toEps } = outputMap(prediction, row.alphaBarS);
      const toScore = toEps.map((c) => -c / Math.sqrt(1 - row.alphaBarS));
      const score = async (at: V): Promise<V> => {
        const out = await denoiser(at, row.s);
        try {
          return space.combine(toScore, [at, out]);
        } finally {
          space.dispose?.(out);
        }
      };
      next = mine.own(
        await correct({
          x: next,
          t: row.s,
          alphaBar: row.alphaBarS,
          step,
          score,
          space,
          key: key === undefined ? undefined : foldIn(key, -1 - step),
          firstIndex,
        }),
      );
    }
    x = next;
    yield { step, row, x, x0: seenX0, eps: seenEps };
  }
};
