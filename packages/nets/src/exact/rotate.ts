import type { Spectrum } from "./spectrum.ts";

/** Coordinates along the principal directions, into `out`. */
export const toPrincipal = ({ directions }: Spectrum, x: Float64Array, out: Float64Array): Float64Array => {
  if (directions === undefined) {
    out.set(x);
    return out;
  }
  const dim = x.length;
  for (let i = 0; i < dim; i++) {
    let dot = 0;
    for (let j = 0; j < dim; j++) dot += directions[i * dim + j]! * x[j]!;
    out[i] = dot;
  }
  return out;
};

/** Back from principal coordinates, scaled and added to `out` at `offset`. */
export const addFromPrincipal = (
  { directions }: Spectrum,
  c: Float64Array,
  scale: number,
  out: Float64Array,
  offset: number,
): void => {
  const dim = c.length;
  for (let i = 0; i < dim; i++) {
    const ci = scale * c[i]!;
    if (directions === undefined) out[offset + i]! += ci;
    else for (let j = 0; j < dim; j++) out[offset + j]! += directions[i * dim + j]! * ci;
  }
};
