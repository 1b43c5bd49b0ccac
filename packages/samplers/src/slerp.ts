/** √Σ values². */
const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** A vector as long as x and orthogonal to it, spread over all entries: neighbours swapped, one sign changed. */
const turned = (x: Float64Array): Float64Array => {
  const swapped = x.map((_, i) => (i % 2 === 1 ? x[i - 1]! : i + 1 < x.length ? -x[i + 1]! : 0));
  const length = norm(swapped);
  const scale = norm(x) / length;
  return length > 0 ? swapped.map((value) => value * scale) : x.map((_, i) => (i === 0 ? norm(x) : 0));
};

/**
 * Spherical interpolation, eq. (67): sin((1-u)θ)/sin θ·x + sin(uθ)/sin θ·y, θ the angle between x and y, taken over the
 * whole arrays. Vectors of one direction, or of no length, are interpolated linearly; between opposite ones, where
 * every great circle passes, a fixed one is taken.
 * @param u 0 gives x, 1 gives y; values outside 0..1 go on along the circle
 * @throws RangeError if the lengths differ or u is not finite
 */
export const slerp = (x: ArrayLike<number>, y: ArrayLike<number>, u: number): Float64Array => {
  if (x.length !== y.length)
    throw new RangeError(`slerp: x and y must have one length, got ${x.length} and ${y.length}`);
  if (!Number.isFinite(u)) throw new RangeError(`slerp: u must be a finite number, got ${u}`);
  const a = Float64Array.from(x);
  const b = Float64Array.from(y);
  const [lengthA, lengthB] = [norm(a), norm(b)];
  const mix = (p: number, q: number, to: Float64Array): Float64Array => a.map((value, i) => p * value + q * to[i]!);
  if (lengthA === 0 || lengthB === 0) return mix(1 - u, u, b);
  const [unitA, unitB] = [a.map((value) => value / lengthA), b.map((value) => value / lengthB)];
  // the arc cosine of the dot product would lose half of the digits near 0 and π
  const angle = 2 * Math.atan2(norm(unitA.map((v, i) => v - unitB[i]!)), norm(unitA.map((v, i) => v + unitB[i]!)));
  if (angle < 1e-7) return mix(1 - u, u, b);
  if (a.length === 1) return mix(1 - u, u, b);
  if (Math.PI - angle < 1e-7) {
    const scale = 1 - u + (u * lengthB) / lengthA;
    return mix(scale * Math.cos(u * Math.PI), scale * Math.sin(u * Math.PI), turned(a));
  }
  return mix(Math.sin((1 - u) * angle) / Math.sin(angle), Math.sin(u * angle) / Math.sin(angle), b);
};
