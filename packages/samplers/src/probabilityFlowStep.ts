import { noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import type { OdeStep } from "./odeRow.ts";

/**
 * (sigma_s² - sigma_t²)/2 / sigma of eq. (15), where sigma belongs to the index at which eps is evaluated: that of an end of
 * the move, or 1 where that is clean data.
 */
export const probabilityFlowStep =
  (schedule: Schedule): OdeStep =>
  ({ t, s, alphaBarT: abT, alphaBarS: abS }, time) => {
    if (abT === abS) return 0;
    const ab = time === t ? abT : time === s ? abS : schedule.alphaBar[time]!;
    return (abT - abS) / (abT * abS) / (2 * noiseToSignal(ab));
  };
