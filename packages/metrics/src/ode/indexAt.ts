import type { Schedule } from "@nonmarkov/schedule";
import { angle } from "./angle.ts";

/**
 * The index t in [0, T], with a fraction, at which a schedule has a signal level: linear in the angle ψ between its entries,
 * cos ψ = √alphaBar. So networks can be asked between the levels that they were trained at.
 * @throws RangeError if alphaBar is not within the schedule, alphaBar[T]..1
 */
export const indexAt = ({ alphaBar, T }: Schedule, level: number): number => {
  if (!(level <= 1 && level >= alphaBar[T]!))
    throw new RangeError(`indexAt: alphaBar must be in ${alphaBar[T]}..1, got ${level}; end where the schedule ends`);
  // the last entry that is not below the level, by halving
  let low = 0;
  let high = T;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (alphaBar[middle]! >= level) low = middle;
    else high = middle - 1;
  }
  if (alphaBar[low]! === level) return low;
  const from = angle(alphaBar[low]!);
  return low + (angle(level) - from) / (angle(alphaBar[low + 1]!) - from);
};
