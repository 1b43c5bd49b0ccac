import { explicitTau, type Schedule } from "@nonmarkov/schedule";
import type { Row } from "./table.ts";

/** One move t → s of a sub-sequence, before a method has given it weights. */
export type Move = Pick<Row, "t" | "s" | "alphaBarT" | "alphaBarS">;

/**
 * The sampling moves tau_S → ... → tau_1 → 0.
 * @throws RangeError unless tau ascends strictly in 1..T and is not empty
 */
export const moves = (schedule: Schedule, tau: readonly number[]): readonly Move[] => {
  const stops = [0, ...explicitTau(tau, schedule.T)].reverse();
  return stops.slice(1).map((s, i) => {
    const t = stops[i]!;
    return { t, s, alphaBarT: schedule.alphaBar[t]!, alphaBarS: schedule.alphaBar[s]! };
  });
};
