import type { Move } from "./moves.ts";

/**
 * The same moves, for a method that has a meaning only on the way from noise to data.
 * @throws RangeError unless none of them goes to more noise
 */
export const towardsData = (where: string, path: readonly Move[]): readonly Move[] => {
  path.forEach(({ t, s, alphaBarT, alphaBarS }) => {
    if (alphaBarS < alphaBarT)
      throw new RangeError(
        `${where}: it adds noise of its own, so a move must not go to lower alphaBar, got ${alphaBarT} → ${alphaBarS} in the move ${t} → ${s}; encode with a method without noise, such as heun`,
      );
  });
  return path;
};
