import { bits, normal, split, uniform } from "@nonmarkov/random";
import { toy } from "./toy.ts";

/** Two half circles that reach into each other; thickness 0.1. Two classes: the upper and the lower. */
export const moons = toy("moons", 2, (key, out, offset) => {
  const [which, along, across] = split(key, 3);
  const lower = bits(which!, 1)[0]! & 1;
  const angle = Math.PI * uniform(along!, 1)[0]!;
  const [dx, dy] = normal(across!, 2);
  const x = lower ? 1 - Math.cos(angle) : Math.cos(angle);
  const y = lower ? 0.5 - Math.sin(angle) : Math.sin(angle);
  out[offset] = 1.15 * (x - 0.5) + 0.1 * dx!;
  out[offset + 1] = 2 * (y - 0.25) + 0.1 * dy!;
  return lower;
});
