import { foldIn, uniform } from "@nonmarkov/random";
import { checkClassCount, checkClasses, dimsOf } from "./classes.ts";
import { checkPrediction } from "./checkPrediction.ts";
import { checkTable } from "./checkTable.ts";
import { fail } from "./fail.ts";
import { reverseKernel } from "./reverseKernel.ts";
import type { Run } from "./run.ts";
import type { Row } from "./table.ts";

/** What is seen of one move: the new state and the prediction that it was made with. */
type Arrival = {
  readonly step: number;
  readonly row: Row;
  readonly x: Int32Array;
  readonly x0: ArrayLike<number>;
};

/** Checks a run before anything is evaluated; returns how many coordinates a sample has. */
export const checkRun = (where: string, { table, xT, rows = 1, classes, firstIndex = 0 }: Run): number => {
  checkClassCount(where, classes);
  checkTable(where, table);
  if (!Number.isSafeInteger(firstIndex) || firstIndex < 0)
    fail(where, "firstIndex must be an integer >= 0", firstIndex, "leave it out for a whole batch");
  const dims = dimsOf(where, "xT", xT, rows);
  checkClasses(where, "xT", xT, classes);
  return dims;
};

/** The first class whose cumulated weight goes beyond u times the whole. */
const pick = (weights: Float64Array, u: number): number => {
  let total = 0;
  for (const weight of weights) total += weight;
  let rest = u * total;
  let last = 0;
  for (let k = 0; k < weights.length; k++) {
    if (weights[k]! === 0) continue;
    last = k;
    rest -= weights[k]!;
    if (rest < 0) break;
  }
  return last;
};

/** Runs a checked table: the one place where moves happen. */
export const execute = async function* (where: string, run: Run, dims: number): AsyncGenerator<Arrival> {
  const { table, denoiser, xT, rows = 1, classes, key, firstIndex = 0, signal } = run;
  const weights = new Float64Array(classes);
  let x = Int32Array.from(xT);
  for (const [step, row] of table.rows.entries()) {
    if (signal !== undefined) {
      // a denoiser that computes synchronously would never let the event that aborts happen
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
    }
    const x0 = await denoiser(x, row.t);
    checkPrediction(where, x0, x.length, classes);
    const reverse = reverseKernel(row, classes);
    const stepKey = foldIn(key, step);
    const next = new Int32Array(x.length);
    for (let sample = 0; sample < rows; sample++) {
      const u = uniform(foldIn(stepKey, firstIndex + sample), dims);
      for (let j = 0; j < dims; j++) {
        const i = sample * dims + j;
        reverse(x[i]!, x0, i * classes, weights);
        next[i] = pick(weights, u[j]!);
      }
    }
    x = next;
    yield { step, row, x, x0 };
  }
};
