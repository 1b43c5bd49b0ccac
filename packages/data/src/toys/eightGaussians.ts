import { integers, normal, split } from "@nonmarkov/random";
import { toy } from "./toy.ts";

/** Eight Gaussians of standard deviation 0.15 around a circle of radius 1.4. Eight classes, counter-clockwise. */
export const eightGaussians = toy("eight-gaussians", 8, (key, out, offset) => {
  const [which, around] = split(key, 2);
  const component = integers(which!, 1, 0, 8)[0]!;
  const [dx, dy] = normal(around!, 2);
  out[offset] = 1.4 * Math.cos((component * Math.PI) / 4) + 0.15 * dx!;
  out[offset + 1] = 1.4 * Math.sin((component * Math.PI) / 4) + 0.15 * dy!;
  return component;
});
