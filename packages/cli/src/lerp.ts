/** The point of the straight line between x (u = 0) and y (u = 1). */
export const lerp = (x: Float32Array, y: Float32Array, u: number): Float32Array =>
  x.map((value, i) => (1 - u) * value + u * y[i]!);
