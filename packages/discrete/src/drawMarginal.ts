import { foldIn, type Key, uniform } from "@nonmarkov/random";
import { checkClassCount, checkClasses, type Classes, dimsOf } from "./classes.ts";
import { fail } from "./fail.ts";

/**
 * Draws x_t ~ q(x_t|x_0): each class is kept with probability alphaBar, else drawn uniformly. Row i draws from
 * foldIn(key, firstIndex + i): it is the same in whatever batch it comes.
 * @param x0 clean classes, row after row
 * @param options alphaBars one signal level per row, which says how many rows there are; classes K; key; firstIndex the first
 * row's index, default 0
 * @returns classes at the rows' levels
 * @throws RangeError if x0 is not so many equal rows of classes, or a level is outside [0, 1]
 */
export const drawMarginal = (
  x0: Classes,
  {
    alphaBars,
    classes,
    key,
    firstIndex = 0,
  }: {
    readonly alphaBars: readonly number[];
    readonly classes: number;
    readonly key: Key;
    readonly firstIndex?: number;
  },
): Int32Array => {
  const where = "drawMarginal";
  checkClassCount(where, classes);
  const dims = dimsOf(where, "x0", x0, alphaBars.length);
  checkClasses(where, "x0", x0, classes);
  const xt = new Int32Array(x0.length);
  alphaBars.forEach((alphaBar, row) => {
    if (!(alphaBar >= 0 && alphaBar <= 1))
      fail(where, `alphaBars[${row}] must be in [0, 1]`, alphaBar, "take schedule.alphaBar[t]");
    uniform(foldIn(key, firstIndex + row), dims).forEach((u, j) => {
      const i = row * dims + j;
      const drawn = Math.floor(((u - alphaBar) / (1 - alphaBar)) * classes);
      xt[i] = u < alphaBar ? x0[i]! : Math.min(classes - 1, drawn);
    });
  });
  return xt;
};
