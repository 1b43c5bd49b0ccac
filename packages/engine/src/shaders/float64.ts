/**
 * Float64 arithmetic in WGSL, which has none: each function rounds as IEEE 754 does, to the nearest and of two to the even
 * number. Operands must be zero or normal, and so must results be: there are no subnormal numbers, infinities and NaN.
 *
 * A number is its 64 bits, low word first (as in memory). Inside, a mantissa is 56 bits with the leading one at bit 55: the
 * 53 bits of the number, and three more. Of what is cut off below, only whether it is zero matters to the rounding: it is
 * or-ed into the lowest bit, after which anything less than half, half, and more still are told apart. (A result that is
 * shifted up by one place afterwards has its half at bit 2 all the same, and the bits below are still zero only if all are.)
 */
export const float64 = `
alias F64 = vec2<u32>;

/** Whether it is a zero: with no subnormal numbers, the exponent tells. */
fn isZero64(a : F64) -> bool { return (a.y & 0x7ff00000u) == 0u; }

fn negate64(a : F64) -> F64 { return vec2(a.x, a.y ^ 0x80000000u); }

/** a 2^k: exact. */
fn scale64(a : F64, k : i32) -> F64 { return select(vec2(a.x, a.y + (u32(k) << 20u)), a, isZero64(a)); }

/** Whether a > b, of numbers that are not negative: their order is that of their bits. */
fn greater64(a : F64, b : F64) -> bool { return a.y > b.y || (a.y == b.y && a.x > b.x); }

fn exponent64(a : F64) -> u32 { return (a.y >> 20u) & 0x7ffu; }

/** 0 for a zero. */
fn mantissa64(a : F64) -> vec2<u32> {
  let high = (a.y & 0xfffffu) | select(0x100000u, 0u, isZero64(a));
  return vec2(a.x << 3u, (high << 3u) | (a.x >> 29u));
}

/** The number of this sign, (biased) exponent and mantissa, whose leading one must be at bit 55. */
fn rounded64(sign : u32, exponent : u32, m : vec2<u32>) -> F64 {
  let low = (m.x >> 3u) | (m.y << 29u);
  // up if more than half is cut off, or half of an odd number
  let up = u32((m.x & 7u) + (low & 1u) > 4u);
  let sum = low + up;
  // the leading one adds 1 to the exponent, and so does a carry that leaves no bits behind
  return vec2(sum, sign | (((exponent - 1u) << 20u) + (m.y >> 3u) + u32(sum < up)));
}

/** m / 2^by, the lowest bit set if that is not exact. From 63 on, nothing but that bit is left of 56 bits. */
fn shiftRight64(m : vec2<u32>, by : u32) -> vec2<u32> {
  let places = min(by, 63u);
  let far = places > 31u;
  let n = places & 31u;
  let low = select(m.x, m.y, far);
  let high = select(m.y, 0u, far);
  let lost = (low & ((1u << n) - 1u)) | select(0u, m.x, far);
  return vec2((low >> n) | ((high << 1u) << (31u - n)) | u32(lost != 0u), high >> n);
}

/** m 2^by, by < 64. */
fn shiftLeft64(m : vec2<u32>, by : u32) -> vec2<u32> {
  let far = by > 31u;
  let n = by & 31u;
  let high = select(m.y, m.x, far);
  let low = select(m.x, 0u, far);
  return vec2(low << n, (high << n) | ((low >> 1u) >> (31u - n)));
}

fn plus64(a : vec2<u32>, b : vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2(low, a.y + b.y + u32(low < a.x));
}

fn minus64(a : vec2<u32>, b : vec2<u32>) -> vec2<u32> { return vec2(a.x - b.x, a.y - b.y - u32(a.x < b.x)); }

fn add64(p : F64, q : F64) -> F64 {
  // a is the larger one of the two, without their signs
  let swap = greater64(vec2(q.x, q.y & 0x7fffffffu), vec2(p.x, p.y & 0x7fffffffu));
  let a = select(p, q, swap);
  let b = select(q, p, swap);
  let sign = a.y & 0x80000000u;
  let exponent = exponent64(a);
  let m = mantissa64(a);
  let n = shiftRight64(mantissa64(b), exponent - exponent64(b));
  if (((a.y ^ b.y) & 0x80000000u) == 0u) {
    if (isZero64(a)) { return a; }
    let sum = plus64(m, n);
    let carry = sum.y >> 24u;
    return rounded64(sign, exponent + carry, shiftRight64(sum, carry));
  }
  // n is exact where the exponents differ by 3 at most; beyond, one place is lost at most, and bit 0 stays below the half
  let rest = minus64(m, n);
  if ((rest.x | rest.y) == 0u) { return vec2(0u, 0u); }
  let places = select(countLeadingZeros(rest.y) - 8u, countLeadingZeros(rest.x) + 24u, rest.y == 0u);
  return rounded64(sign, exponent - places, shiftLeft64(rest, places));
}

fn sub64(a : F64, b : F64) -> F64 { return add64(a, negate64(b)); }

fn mul64(a : F64, b : F64) -> F64 {
  let sign = (a.y ^ b.y) & 0x80000000u;
  if (isZero64(a) || isZero64(b)) { return vec2(0u, sign); }
  // 14 bits at a time: four products of 28 bits add up to 30, with room for a carry
  let m = mantissa64(a);
  let n = mantissa64(b);
  let m0 = m.x & 0x3fffu;
  let m1 = (m.x >> 14u) & 0x3fffu;
  let m2 = (m.x >> 28u) | ((m.y & 0x3ffu) << 4u);
  let m3 = m.y >> 10u;
  let n0 = n.x & 0x3fffu;
  let n1 = (n.x >> 14u) & 0x3fffu;
  let n2 = (n.x >> 28u) | ((n.y & 0x3ffu) << 4u);
  let n3 = n.y >> 10u;
  let c0 = m0 * n0;
  let c1 = m0 * n1 + m1 * n0 + (c0 >> 14u);
  let c2 = m0 * n2 + m1 * n1 + m2 * n0 + (c1 >> 14u);
  let c3 = m0 * n3 + m1 * n2 + m2 * n1 + m3 * n0 + (c2 >> 14u);
  let c4 = m1 * n3 + m2 * n2 + m3 * n1 + (c3 >> 14u);
  let c5 = m2 * n3 + m3 * n2 + (c4 >> 14u);
  let c6 = m3 * n3 + (c5 >> 14u);
  // the upper half of 112 bits; its leading one is at bit 55 or 54
  let lost = u32(((c0 | c1 | c2 | c3) & 0x3fffu) != 0u);
  let high = vec2((c4 & 0x3fffu) | ((c5 & 0x3fffu) << 14u) | (c6 << 28u), c6 >> 4u);
  let large = high.y >> 23u;
  let product = shiftLeft64(high, 1u - large);
  return rounded64(sign, exponent64(a) + exponent64(b) + large - 1023u, vec2(product.x | lost, product.y));
}

/** a / b, b not zero: long division, a bit at a time. */
fn div64(a : F64, b : F64) -> F64 {
  let sign = (a.y ^ b.y) & 0x80000000u;
  if (isZero64(a)) { return vec2(0u, sign); }
  let n = mantissa64(b);
  var rest = mantissa64(a);
  var quotient = vec2(0u, 0u);
  for (var i = 0; i < 56; i++) {
    // rest < 2 n
    let bit = u32(!greater64(n, rest));
    rest = minus64(rest, n * bit);
    rest = vec2(rest.x << 1u, (rest.y << 1u) | (rest.x >> 31u));
    quotient = vec2((quotient.x << 1u) | bit, (quotient.y << 1u) | (quotient.x >> 31u));
  }
  let lost = u32((rest.x | rest.y) != 0u);
  let large = quotient.y >> 23u;
  let m = shiftLeft64(quotient, 1u - large);
  return rounded64(sign, exponent64(a) - exponent64(b) + large + 1022u, vec2(m.x | lost, m.y));
}

/** a / d, 0 < d < 256: long division, 24 bits at a time. */
fn divSmall64(a : F64, d : u32) -> F64 {
  if (isZero64(a)) { return a; }
  let m = mantissa64(a);
  let high = m.y / d;
  let rest0 = ((m.y - high * d) << 24u) | (m.x >> 8u);
  let middle = rest0 / d;
  let rest1 = ((rest0 - middle * d) << 24u) | ((m.x & 0xffu) << 16u);
  let low = rest1 / d;
  // the quotient has 64 to 72 bits, of which the upper 56 are the mantissa: floor(m 2^places / d), places <= 8
  let places = countLeadingZeros(high) - 8u;
  let upper = (high << places) | (middle >> (24u - places));
  let lower = (((middle << 8u) | (low >> 16u)) << places) | ((low & 0xffffu) >> (16u - places));
  // what is cut off is a multiple of 1 / d: if it is not zero, then neither are its first eight bits, and they are here
  let lost = (low << places) & 0xffffu;
  return rounded64(a.y & 0x80000000u, exponent64(a) - places, vec2(lower | u32(lost != 0u), upper));
}

/** The root of a number that is not negative, digit by digit. */
fn sqrt64(a : F64) -> F64 {
  if (isZero64(a)) { return a; }
  // a = v 4^k, 1 <= v < 4; the upper 56 bits of v 2^110, whose root has 56 bits (the bias, 1023, is odd)
  let odd = exponent64(a) & 1u;
  var next = shiftRight64(mantissa64(a), odd);
  var root = vec2(0u, 0u);
  var rest = vec2(0u, 0u);
  for (var i = 0; i < 56; i++) {
    // rest <= 2 root: two more bits of both stay below 2^59
    rest = vec2((rest.x << 2u) | ((next.y >> 22u) & 3u), (rest.y << 2u) | (rest.x >> 30u));
    next = vec2(next.x << 2u, (next.y << 2u) | (next.x >> 30u));
    let trial = vec2((root.x << 2u) | 1u, (root.y << 2u) | (root.x >> 30u));
    let bit = u32(!greater64(trial, rest));
    rest = minus64(rest, trial * bit);
    root = vec2((root.x << 1u) | bit, (root.y << 1u) | (root.x >> 31u));
  }
  let lost = u32((rest.x | rest.y) != 0u);
  return rounded64(0u, (exponent64(a) + 1022u + odd) / 2u, vec2(root.x | lost, root.y));
}

/** Exact. */
fn fromU32(a : u32) -> F64 {
  if (a == 0u) { return vec2(0u, 0u); }
  let places = countLeadingZeros(a);
  let bits = a << places;
  return vec2(bits << 21u, ((1053u - places) << 20u) + (bits >> 11u));
}

/** Exact. */
fn fromI32(a : i32) -> F64 {
  let magnitude = fromU32(u32(abs(a)));
  return vec2(magnitude.x, magnitude.y | (u32(a) & 0x80000000u));
}

/** Rounded to the bits of an f32, which must be zero or normal. */
fn toF32(a : F64) -> u32 {
  let sign = a.y & 0x80000000u;
  if (isZero64(a)) { return sign; }
  let kept = ((exponent64(a) - 896u) << 23u) | ((a.y & 0xfffffu) << 3u) | (a.x >> 29u);
  let cut = a.x & 0x1fffffffu;
  return sign | (kept + u32(cut + (kept & 1u) > 0x10000000u));
}
`;

/** A float64 number as a constant of {@link float64}; it must be zero or normal. */
export const f64 = (value: number): string => {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && !(magnitude >= 2 ** -1022 && magnitude < Infinity))
    throw new RangeError(`f64: must be zero or a normal number, got ${value}`);
  const [low, high] = new Uint32Array(Float64Array.of(value).buffer);
  return `vec2<u32>(${low}u, ${high}u)`;
};
