import { normal, split, uniform } from "@nonmarkov/random";
import { toy } from "./toy.ts";

/** A spiral of one and a half turns, seen from above; thickness 0.06. One class. */
export const swissRoll = toy("swiss-roll", 1, (key, out, offset) => {
  const [along, across] = split(key, 2);
  const turn = 1.5 * Math.PI * (1 + 2 * uniform(along!, 1)[0]!);
  const [dx, dy] = normal(across!, 2);
  const scale = 1 / 6.9;
  out[offset] = scale * turn * Math.cos(turn) - 0.3 + 0.06 * dx!;
  out[offset + 1] = scale * turn * Math.sin(turn) + 0.06 * dy!;
  return 0;
});
