import { fail } from "./fail.ts";
import type { Schedule } from "./schedule.ts";

/**
 * A schedule from its alphaBar (diffusers: `alphas_cumprod`).
 * @param alphaBar entries t = 1..T, never increasing, within (0, 1], but the last may be 0; alphaBar[0] = 1 is put before
 * @throws RangeError if the list is empty, unordered or out of range
 */
export const fromAlphaBar = (alphaBar: readonly number[], name: string = "alphaBar"): Schedule => {
  const T = alphaBar.length;
  if (T < 1) fail(name, "there must be at least one entry", T, "give t = 1..T");
  alphaBar.forEach((ab, i) => {
    if (!(ab <= (alphaBar[i - 1] ?? 1) && (ab > 0 || (ab === 0 && i === T - 1))))
      fail(
        name,
        `alphaBar[${i + 1}] must be in (0, ${alphaBar[i - 1] ?? 1}] (or 0 at the last t)`,
        ab,
        "list t = 1..T from little noise to much",
      );
  });
  return { name, T, alphaBar: [1, ...alphaBar] };
};
