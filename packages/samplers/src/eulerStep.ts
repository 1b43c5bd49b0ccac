import { noiseToSignal } from "@nonmarkov/schedule";
import type { OdeStep } from "./odeRow.ts";

/** sigma_s - sigma_t of eq. (13), as (sigma_s² - sigma_t²)/(sigma_s + sigma_t) with the squares' difference exact. */
export const eulerStep: OdeStep = ({ alphaBarT: abT, alphaBarS: abS }) =>
  abT === abS ? 0 : (abT - abS) / (abT * abS) / (noiseToSignal(abS) + noiseToSignal(abT));
