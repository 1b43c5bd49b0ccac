import { fail } from "./fail.ts";
import { fromAlphaBar } from "./fromAlphaBar.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Shifts and scales sqrt(alphaBar) so that the last is 0 and the first stays (Lin et al. 2023, algorithm 1). A network
 * that predicts eps has nothing to say at alphaBar = 0: predict x0 or v.
 * @throws RangeError if the last step adds no noise, or is the only one
 */
export const rescaleZeroTerminalSnr = ({ name, T, alphaBar }: Schedule): Schedule => {
  const first = Math.sqrt(alphaBar[1]!);
  const last = Math.sqrt(alphaBar[T]!);
  if (Math.sqrt(alphaBar[Math.max(1, T - 1)]!) === last)
    fail(
      "rescaleZeroTerminalSnr",
      "alphaBar must fall at the last t, and T be above 1",
      alphaBar[T],
      "drop the last t",
    );
  const scale = first / (first - last);
  return fromAlphaBar(
    alphaBar.slice(1).map((ab) => ((Math.sqrt(ab) - last) * scale) ** 2),
    `${name}, zero terminal SNR`,
  );
};
