import { type Rate, toRate } from "./rate.ts";

/** One piece of a joined rate. */
export type RatePiece = {
  /** The rate; it is told steps that count from the beginning of the piece. */
  readonly rate: number | Rate;
  /** How long it lasts; the last piece lasts for ever. */
  readonly steps: number;
};

/**
 * Rates one after the other, each counting steps from its own beginning; the last one goes on for ever.
 * @throws RangeError without pieces, or if a piece's steps are not a positive integer
 */
export const joinRates = (pieces: readonly RatePiece[]): Rate => {
  if (pieces.length === 0) throw new RangeError("joinRates: there must be at least one piece, got none");
  const bad = pieces.find(({ steps }) => !(Number.isInteger(steps) && steps > 0));
  if (bad) throw new RangeError(`joinRates: the steps of a piece must be a positive integer, got ${bad.steps}`);
  const rates = pieces.map(({ rate }) => toRate(rate));
  const starts = pieces.map((_, i) => pieces.slice(0, i).reduce((sum, { steps }) => sum + steps, 0));
  return (step) => {
    const i = starts.findLastIndex((start, j) => j === 0 || start <= step);
    return rates[i]!(step - starts[i]!);
  };
};
