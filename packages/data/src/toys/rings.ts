import { integers, normal, split, uniform } from "@nonmarkov/random";
import { toy } from "./toy.ts";

/** Three circles around the origin, of radii 0.6, 1.2 and 1.9; thickness 0.06. Three classes, from the inside. */
export const rings = toy("rings", 3, (key, out, offset) => {
  const [which, along, across] = split(key, 3);
  const ring = integers(which!, 1, 0, 3)[0]!;
  const angle = 2 * Math.PI * uniform(along!, 1)[0]!;
  const radius = [0.6, 1.2, 1.9][ring]! + 0.06 * normal(across!, 1)[0]!;
  out[offset] = radius * Math.cos(angle);
  out[offset + 1] = radius * Math.sin(angle);
  return ring;
});
