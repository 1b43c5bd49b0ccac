import { integers, normal, split } from "@nonmarkov/random";
import { toy } from "./toy.ts";

/** Five bent blades: radius 1.35 +- 0.4, swept by an angle that grows with it. Five classes, the blades. */
export const pinwheel = toy("pinwheel", 5, (key, out, offset) => {
  const [which, within] = split(key, 2);
  const blade = integers(which!, 1, 0, 5)[0]!;
  const [a, b] = normal(within!, 2);
  const radial = 1.35 + 0.4 * a!;
  const across = 0.12 * b!;
  const angle = (blade * 2 * Math.PI) / 5 + 0.6 * radial;
  out[offset] = radial * Math.cos(angle) - across * Math.sin(angle);
  out[offset + 1] = radial * Math.sin(angle) + across * Math.cos(angle);
  return blade;
});
