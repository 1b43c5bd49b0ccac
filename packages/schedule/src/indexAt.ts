import { fail } from "./fail.ts";
import { lambdaGap } from "./lambdaGap.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The index, not necessarily an integer, at which a schedule has this much signal: what to tell a network about a noise
 * level between those that it was trained on. Linear in the log of the noise-to-signal ratio between neighbours, as in
 * k-diffusion and diffusers; of several indices with this alphaBar the first. What lies outside the training levels gets
 * the index of the nearest: 1 for everything between them and clean data (which alone is 0), T for more noise than at T, and
 * T - 1 below an infinite ratio at T.
 * @param alphaBar within 0..1
 * @returns 0, or a number in 1..T
 * @throws RangeError if alphaBar is not in 0..1
 */
export const indexAt = ({ alphaBar: table, T }: Schedule, alphaBar: number): number => {
  if (!(alphaBar >= 0 && alphaBar <= 1))
    fail("indexAt", "alphaBar must be in 0..1", alphaBar, "a ratio sigma is alphaBarFromNoiseToSignal(sigma)");
  let [low, high] = [0, T];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table[middle]! <= alphaBar) high = middle;
    else low = middle + 1;
  }
  const above = table[low - 1];
  if (above === undefined || table[low]! >= alphaBar) return low;
  // between clean data and the first training level the ratio's log is no guide
  if (above === 1) return low;
  return low - 1 + lambdaGap(alphaBar, above) / lambdaGap(table[low]!, above);
};
