import { fail } from "./fail.ts";
import { fromAlphaBar } from "./fromAlphaBar.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Shifts and scales sqrt(alphaBar) so that the last is 0 and the first stays (Lin et al. 2023, algorithm 1). A network
 * that predicts eps has nothing to say at alphaBar = 0: predict x0 or v.
 * @throws RangeError if alphaBar is the same at t = 1 and T
 */
export const rescaleZeroTerminalSnr = ({ name, T, alphaBar }: Schedule): Schedule => {
  const first = Math.sqrt(alphaBar[1]!);
  const last = Math.sqrt(alphaBar[T]!);
  if (first === last)
    fail("rescaleZeroTerminalSnr", "alphaBar must fall from t = 1 to T", alphaBar[T], "use a larger T");
  const scale = first / (first - last);
  return fromAlphaBar(
    alphaBar.slice(1).map((ab) => ((Math.sqrt(ab) - last) * scale) ** 2),
    `${name}, zero terminal SNR`,
  );
};
