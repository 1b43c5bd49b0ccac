import { expect } from "vitest";

/**
 * |got - want| <= tolerance·scale, where scale is the size of what was added up, |want| if nothing is said. Numbers below
 * 1e-300 have lost digits and count as 0.
 */
export const expectNear = (
  got: number,
  want: number,
  tolerance: number = 1e-12,
  scale: number = Math.abs(want),
): void => {
  if (!(Math.abs(got - want) <= tolerance * scale + 1e-300)) expect(got, `within ${tolerance} of ${scale}`).toBe(want);
};
