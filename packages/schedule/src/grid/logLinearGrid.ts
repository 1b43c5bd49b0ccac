import { fail } from "../fail.ts";
import { checkS } from "./spaced.ts";

/**
 * A published list of levels, such as those of "align your steps" (arXiv 2404.14507), stretched or thinned to S levels:
 * linear in the log of the noise-to-signal ratio between the list's entries, which count as equidistant.
 * @param sigmas noise-to-signal ratios, falling, above 0: a final 0 is not part of it (indices t are
 * noiseToSignal(alphaBarAt(schedule, t)))
 * @returns S ratios from the list's first to its last; for S = 1 its first
 * @throws RangeError unless S is an integer >= 1 and the list falls, above 0, with 2 entries or more where S > 1
 */
export const logLinearGrid = (sigmas: readonly number[], S: number): number[] => {
  checkS("logLinearGrid", S);
  if (sigmas.length < Math.min(S, 2))
    fail("logLinearGrid", "sigmas must have 2 entries or more", sigmas.length, "there is nothing to interpolate");
  sigmas.forEach((sigma, i) => {
    const above = sigmas[i - 1] ?? Infinity;
    if (!(sigma > 0 && sigma < above))
      fail(
        "logLinearGrid",
        `sigmas[${i}] must be above 0 and below ${above}`,
        sigma,
        "list them from much noise to little",
      );
  });
  return Array.from({ length: S }, (_, i) => {
    const place = (i * (sigmas.length - 1)) / Math.max(1, S - 1);
    const before = Math.floor(place);
    const sigma = sigmas[before]!;
    return place === before ? sigma : sigma * (sigmas[before + 1]! / sigma) ** (place - before);
  });
};
