import { noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import type { OdeStep } from "./odeRow.ts";

/** (sigma_s² - sigma_t²)/2 / sigma of eq. (15), where sigma belongs to the index at which eps is evaluated. */
export const probabilityFlowStep =
  (schedule: Schedule): OdeStep =>
  ({ alphaBarT: abT, alphaBarS: abS }, time) =>
    abT === abS ? 0 : (abT - abS) / (abT * abS) / (2 * noiseToSignal(schedule.alphaBar[time]!));
