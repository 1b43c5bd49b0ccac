/** a·b + c, rounded once where the runtime has relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: RELAXED is a constant of the build
  if (RELAXED) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** c - a·b, likewise. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: RELAXED is a constant of the build
  if (RELAXED) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/**
 * Constants of the kernels. V8 builds a constant vector anew in every round of a loop, by several instructions; a load
 * takes one.
 */
const table: usize = memory.data<f32>([
  -104.0, 89.0, 12582912.0, 1.4426950408889634, 0.693359375, -2.12194440e-4, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1.0, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1, 2.0, 0.625, 4, 5, 2, 8, 0.5, 0.25, -1.0 / 6.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 12.0, -87.3,
]);

/** Constant i of the table, in all lanes. */
// @ts-ignore: decorator
@inline
export function constant(i: i32): v128 {
  return v128.load32_splat(table + ((<usize>i) << 2));
}

/** e^(x - n ln 2) for |x - n ln 2| up to half of ln 2, by a polynomial. */
// @ts-ignore: decorator
@inline
function rest4(x: v128, n: v128): v128 {
  let r = nmadd(n, constant(4), x);
  r = nmadd(n, constant(5), r);
  let p = madd(constant(6), r, constant(7));
  p = madd(p, r, constant(8));
  p = madd(p, r, constant(9));
  p = madd(p, r, constant(10));
  p = madd(p, r, constant(11));
  return f32x4.add(madd(p, f32x4.mul(r, r), r), constant(12));
}

/**
 * e^x: x = n ln 2 + r, a polynomial in r, and 2^n in two factors so that results below the normal range are right. n is
 * rounded by adding 1.5·2^23, whose last bits then hold it. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, constant(0)), constant(1));
  const magic = constant(2);
  const shifted = madd(clamped, constant(3), magic);
  const n = f32x4.sub(shifted, magic);
  const p = rest4(clamped, n);
  const whole = i32x4.sub(shifted, magic);
  const half = i32x4.shr_s(whole, 1);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(whole, half), i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** 1/(1 + e^-x): e^ as above, in one factor, which is infinite from where the result is below the normal range. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(f32x4.neg(x), constant(30)), constant(1));
  const magic = constant(2);
  const shifted = madd(clamped, constant(3), magic);
  const n = f32x4.sub(shifted, magic);
  const p = rest4(clamped, n);
  const one = constant(12);
  const power = i32x4.shl(i32x4.add(i32x4.sub(shifted, magic), i32x4.splat(127)), 23);
  return f32x4.div(one, madd(p, power, one));
}

/** The derivative of x sigmoid(x). */
// @ts-ignore: decorator
@inline
export function siluSlope4(x: v128): v128 {
  const s = sigmoid4(x);
  return f32x4.mul(s, f32x4.add(constant(12), f32x4.mul(x, f32x4.sub(constant(12), s))));
}

/** tanh: an odd polynomial near 0, elsewhere by e^2|x|. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = madd(constant(13), z, constant(14));
  p = madd(p, z, constant(15));
  p = madd(p, z, constant(16));
  p = madd(p, z, constant(17));
  const near = madd(f32x4.mul(p, z), x, x);
  const e = exp4(f32x4.add(size, size));
  const far = f32x4.sub(constant(12), f32x4.div(constant(18), f32x4.add(e, constant(12))));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, constant(19)));
}

/** The sum of the four lanes, in f64. */
// @ts-ignore: decorator
@inline
export function lanes(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) +
    <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}

/** Stores the columns of four rows of four numbers, `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(r0: v128, r1: v128, r2: v128, r3: v128, to: usize, step: usize): void {
  const t0 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), t1 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const t2 = i32x4.shuffle(r0, r1, 2, 6, 3, 7), t3 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(t0, t1, 0, 2));
  v128.store(to + step, i64x2.shuffle(t0, t1, 1, 3));
  v128.store(to + 2 * step, i64x2.shuffle(t2, t3, 0, 2));
  v128.store(to + 3 * step, i64x2.shuffle(t2, t3, 1, 3));
}
