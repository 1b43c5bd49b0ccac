import type { Move } from "./moves.ts";

/** @throws RangeError unless every move starts at the noise level at which the one before ended */
export const checkChain = (where: string, path: readonly Move[]): void =>
  path.forEach((move, i) => {
    const before = path[i - 1];
    if (before !== undefined && before.alphaBarS !== move.alphaBarT)
      throw new RangeError(
        `${where}: move ${i} must start at alphaBar ${before.alphaBarS}, where the one before ended, got ${move.alphaBarT}; take dpmSolverMultistep or ddim for such paths`,
      );
  });
