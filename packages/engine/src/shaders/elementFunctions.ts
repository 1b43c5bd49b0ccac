import type { ElementOp, Instruction } from "../graph/elementwise.ts";
import { f32 } from "./shading.ts";

/** What a program works on at once: one number, or four neighbours. */
export type ElementType = "f32" | "vec4<f32>";

/** WGSL functions by their names, each after those that it calls. Their names begin with `element`. */
export type Functions = ReadonlyMap<string, string>;

/** A value, and the functions that it calls. */
export type ElementText = {
  /** An expression in parentheses, a call, or a name. */
  readonly expression: string;
  /** Also those that these call. */
  readonly functions: Functions;
};

/**
 * What one instruction computes, in WGSL. Errors are a few units in the last place, for small and large arguments alike;
 * NaN comes out wherever the CPU's kernels have it. Results and constants below the normal range may be 0, and sin and
 * cos lose digits beyond angles of 1e5, all of them beyond 1e6.
 * @param args expressions of this type, names best: they may be repeated
 */
export const elementExpression = (
  { op, params = [] }: Instruction,
  args: readonly string[],
  type: ElementType,
): ElementText => {
  const plain = operators[op]?.(args[0]!, args[1]!, args[2]!);
  if (plain !== undefined) return { expression: plain, functions: new Map() };
  const functions = new Map<string, string>();
  const numbers = params.slice(0, parameters[op] ?? 0).map((value) => numberText(value, functions));
  if (op === "scale") return { expression: `(${args[0]!} * ${numbers[0]!})`, functions };
  if (op === "shift") return { expression: `(${args[0]!} + ${numbers[0]!})`, functions };
  const name = op as Helper;
  include(name, type, functions);
  return { expression: `${nameOf(name, type)}(${[...args, ...numbers].join(", ")})`, functions };
};

/** How many params an op has. */
const parameters: Partial<Readonly<Record<ElementOp, number>>> = { step: 1, clip: 2, scale: 1, shift: 1 };

/** Ops that WGSL has as they are, for both types. */
const operators: Partial<Readonly<Record<ElementOp, (a: string, b: string, c: string) => string>>> = {
  add: (a, b) => `(${a} + ${b})`,
  sub: (a, b) => `(${a} - ${b})`,
  mul: (a, b) => `(${a} * ${b})`,
  div: (a, b) => `(${a} / ${b})`,
  neg: (a) => `(-(${a}))`,
  square: (a) => `(${a} * ${a})`,
  sqrt: (a) => `sqrt(${a})`,
  rsqrt: (a) => `inverseSqrt(${a})`,
  reciprocal: (a) => `(1.0f / ${a})`,
  abs: (a) => `abs(${a})`,
  floor: (a) => `floor(${a})`,
  ceil: (a) => `ceil(${a})`,
  round: (a) => `round(${a})`,
  fma: (a, b, c) => `fma(${a}, ${b}, ${c})`,
};

/** An op, or a part of several. */
type Helper = ElementOp | "isNan" | "high" | "expRest" | "expTimes" | "logNear" | "turned";

/** Adds a helper after those that it calls. Local names end in _, so that they are no buffer's: those may be renamed. */
const include = (helper: Helper, type: ElementType, functions: Map<string, string>): void => {
  const name = nameOf(helper, type);
  if (functions.has(name)) return;
  const [args, body, result = "T"] = templates[helper]!;
  for (const [, called] of body.matchAll(/\b_(\w+)/g)) include(called as Helper, type, functions);
  if (body.includes("elementBits")) functions.set("elementBits", elementBits);
  const locals = new Set([...args.matchAll(/(\w+) :/g), ...body.matchAll(/let (\w+)/g)].map(([, local]) => local!));
  const named = (text: string): string =>
    text.replace(/\b\w+/g, (word) => {
      if (word in types[type]) return types[type][word as "T"];
      if (word.startsWith("_")) return nameOf(word.slice(1) as Helper, type);
      return locals.has(word) ? `${word}_` : word;
    });
  functions.set(name, `fn ${name}(${named(args)}) -> ${named(result)} {\n  ${named(body)}\n}`);
};

const types = {
  f32: { T: "f32", I: "i32", U: "u32", B: "bool" },
  "vec4<f32>": { T: "vec4<f32>", I: "vec4<i32>", U: "vec4<u32>", B: "vec4<bool>" },
} as const;

/** `element`, the helper, and the width: `elementExp4`. */
const nameOf = (helper: Helper, type: ElementType): string =>
  `element${helper[0]!.toUpperCase()}${helper.slice(1)}${type === "f32" ? 1 : 4}`;

/**
 * A number of a program in WGSL, which has no literals of infinities and NaN, nor constant expressions of them. The sign of
 * 0 is not promised.
 */
const numberText = (value: number, functions: Map<string, string>): string => {
  const rounded = Math.fround(value);
  if (Number.isFinite(rounded)) return rounded < 0 ? `(${f32(rounded)})` : f32(rounded);
  functions.set("elementBits", elementBits);
  return `elementBits(${`0x${new Uint32Array(Float32Array.of(rounded).buffer)[0]!.toString(16)}u`})`;
};

const elementBits = `fn elementBits(bits : u32) -> f32 {
  var variable = bits; // no constant expression
  return bitcast<f32>(variable);
}`;

/** a0 + z·(a1 + z·(...)). */
const polynomial = (z: string, coefs: readonly number[]): string =>
  coefs.slice(0, -1).reduceRight((sum, coef) => `${signed(coef)} + ${z} * (${sum})`, signed(coefs.at(-1)!));

const signed = (value: number): string => (value < 0 ? `(${f32(value)})` : f32(value));

/** 2/ln 2 in 12 bits. */
const twoOverLn2High = 2.884765625;

/** A helper's parameters and body: T, I, U, B are the types of floats, ints, words and bools; `_f(` calls helper f. */
type Template = readonly [parameters: string, body: string, result?: "T" | "B"];

/**
 * Comparisons with NaN are false, so `select`s let it pass, but WGSL's min and max need not, and `x != x` may be taken for
 * false: it is found by its bits. Steps that must not be put together are fma: Metal's compiler takes other sums apart.
 * Polynomials are minimax fits of ours unless a comment says otherwise.
 */
const templates: Partial<Readonly<Record<Helper, Template>>> = {
  isNan: ["x : T", "return (bitcast<U>(x) & U(0x7fffffffu)) > U(0x7f800000u);", "B"],
  // the upper 12 bits of the significand: products of two such numbers are exact
  high: ["x : T", "return bitcast<T>(bitcast<U>(x) & U(0xfffff000u));"],
  max: ["a : T, b : T", "return select(select(b, a, a > b), a, _isNan(a));"],
  min: ["a : T, b : T", "return select(select(b, a, a < b), a, _isNan(a));"],
  squaredDifference: ["a : T, b : T", "let d = a - b;\n  return d * d;"],
  sign: ["x : T", "return select(select(x, T(-1.0f), x < T(0.0f)), T(1.0f), x > T(0.0f));"],
  relu: ["x : T", "return select(x, T(0.0f), x < T(0.0f));"],
  step: ["x : T, below : f32", "return select(select(T(below), T(1.0f), x > T(0.0f)), x, _isNan(x));"],
  clip: [
    "x : T, low : f32, high : f32",
    `let above = select(x, T(low), x < T(low));
  return select(above, T(high), above > T(high));`,
  ],
  // (e^r - 1 - r)/r^2 for |r| up to half of ln 2
  expRest: [
    "r : T",
    `return ${polynomial("r", [0.5000000095, 0.1666651889, 0.04166620598, 0.008368883751, 0.00139504791])};`,
  ],
  // e^r 2^n, by two factors, so that no power of 2 is out of range where the result is not
  expTimes: [
    "r : T, n : T",
    `let p = 1.0f + (r + r * r * _expRest(r));
  let whole = I(n);
  let half = whole >> U(1u);
  return (p * bitcast<T>((half + 127) << U(23u))) * bitcast<T>((whole - half + 127) << U(23u));`,
  ],
  exp: [
    "x : T",
    `let c = select(select(x, T(89.0f), x > T(89.0f)), T(-104.0f), x < T(-104.0f));
  let n = round(c * 1.44269504f);
  return _expTimes(fma(-n, T(-2.12194440e-4f), fma(-n, T(0.693359375f), c)), n);`,
  ],
  expm1: [
    "x : T",
    `let near = x + x * x * _expRest(x);
  return select(_exp(x) - 1.0f, near, abs(x) < T(0.3465f));`,
  ],
  // log(1 + f) for f from sqrt(1/2) - 1 to sqrt(2) - 1: with s = f/(2 + f) it is 2 artanh(s), and 2 s = f - s f
  logNear: [
    "f : T",
    `let s = f / (2.0f + f);
  let z = s * s;
  return f - s * (f - z * (${polynomial("z", [0.6666666565, 0.4000033528, 0.2853730254, 0.2358227196])}));`,
  ],
  // x = 2^e m with m from sqrt(1/2) to sqrt(2)
  log: [
    "x : T",
    `let tiny = x < T(1.17549435e-38f);
  let bits = bitcast<I>(select(x, x * 8388608.0f, tiny));
  let whole = (bits - 0x3f3504f3) >> U(23u);
  let m = bitcast<T>(bits - (whole << U(23u)));
  let e = T(whole) - select(T(0.0f), T(23.0f), tiny);
  let finite = e * 0.693359375f + (e * -2.12194440e-4f + _logNear(m - 1.0f));
  let outside = select(T(elementBits(0x7fc00000u)), T(elementBits(0xff800000u)), x == T(0.0f));
  return select(select(outside, finite, x > T(0.0f)), x, bitcast<I>(x) >= I(0x7f800000));`,
  ],
  log1p: ["x : T", "return select(_log(1.0f + x), _logNear(x), (x > T(-0.29f)) & (x < T(0.41f)));"],
  sigmoid: ["x : T", "return 1.0f / (1.0f + _exp(-x));"],
  tanh: [
    "x : T",
    `let size = abs(x);
  let z = x * x;
  let near = x + x * z * (${polynomial("z", [-0.3333328392, 0.1333149125, -0.05374349526, 0.020650579, -0.005717036561])});
  let far = 1.0f - 2.0f / (1.0f + _exp(size + size));
  return select(select(far, -far, x < T(0.0f)), near, size < T(0.625f));`,
  ],
  silu: ["x : T", "return x / (1.0f + _exp(-x));"],
  choose: ["c : T, a : T, b : T", "return select(b, a, (bitcast<U>(c) & U(0x7fffffffu)) != U(0u));"],
  siluGrad: [
    "dy : T, x : T",
    `let s = _sigmoid(x);
  return dy * (s * (1.0f + x * (1.0f - s)));`,
  ],
  softplus: ["x : T", "return select(_log1p(_exp(x)), x, x > T(30.0f));"],
  // odd near 0; beyond 1 the logarithm of the complement is a polynomial of |x| - 1; it rounds to 1 from 4 on
  erf: [
    "x : T",
    `let size = abs(x);
  let z = x * x;
  let near = x * (${polynomial("z", [1.128379166, -0.3761262714, 0.1128360018, -0.02685444459, 0.005189535339, -0.0008020841274, 7.88911951e-5])});
  let t = select(size, T(4.0f), size > T(4.0f)) - 1.0f;
  let far = 1.0f - _exp(${polynomial("t", [-1.849605516, -2.638966816, -0.8431183359, -0.04150069039, 0.009890895875, -0.001826166376, 0.0001855748931])});
  return select(select(far, -far, x < T(0.0f)), near, size < T(1.0f));`,
  ],
  // The nearest multiple of pi/2 is taken off in parts, three of 8 bits, whose products with up to 2^16 are exact; then
  // polynomials (Cephes, sinf). WGSL's own functions may be off by 5e-4 even between -pi and pi.
  turned: [
    "x : T, shift : i32",
    `let k = round(x * 0.6366197723675814f);
  let high = fma(-k, T(${f32(253 / 2 ** 19)}), fma(-k, T(1.5703125f), x));
  let part = fma(-k, T(9.92093579e-10f), fma(-k, T(${f32(170 / 2 ** 27)}), high));
  let r = select(part, T(0.0f), abs(part) > T(1.0f)); // angles that are too large
  let z = r * r;
  let s = r + r * z * (${polynomial("z", [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4])});
  let c = 1.0f - 0.5f * z + z * z * (${polynomial("z", [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5])});
  let quarter = (I(k) + shift) & I(3);
  let value = select(s, c, (quarter & I(1)) == I(1));
  return select(value, -value, quarter > I(1));`,
  ],
  sin: ["x : T", "return _turned(x, 0);"],
  cos: ["x : T", "return _turned(x, 1);"],
  // |x|^y = 2^(y log2|x|), with log2|x| = e + hi + lo so that large exponents lose nothing
  pow: [
    "x : T, y : T",
    `let size = abs(x);
  let tiny = size < T(1.17549435e-38f);
  let bits = bitcast<I>(select(size, size * 16777216.0f, tiny));
  let whole = (bits - 0x3f3504f3) >> U(23u);
  let f = bitcast<T>(bits - (whole << U(23u))) - 1.0f;
  let e = T(whole) - select(T(0.0f), T(24.0f), tiny);
  let s = f / (2.0f + f);
  let sHigh = _high(s);
  let fHigh = _high(f);
  let sLow = fma(-sHigh, f - fHigh, fma(-sHigh, fHigh, fma(T(-2.0f), sHigh, f))) / (2.0f + f);
  let z = s * s;
  let rest = s * z * (${polynomial(
    "z",
    [0.6666666565, 0.4000033528, 0.2853730254, 0.2358227196].map((c) => c * Math.LOG2E),
  )});
  let most = sHigh * ${f32(twoOverLn2High)};
  let hi = _high(most);
  let small = sHigh * ${f32(2 * Math.LOG2E - twoOverLn2High)} + (sLow * ${f32(2 * Math.LOG2E)} + rest);
  let lo = (most - hi) + small;
  let power = select(select(y, T(4e9f), y > T(4e9f)), T(-4e9f), y < T(-4e9f));
  let pHigh = _high(power);
  let pLow = power - pHigh;
  let total = power * (e + (hi + lo));
  let n = round(select(select(total, T(130.0f), total > T(130.0f)), T(-152.0f), total < T(-152.0f)));
  let left = (((pHigh * e - n) + pHigh * hi) + pLow * e) + (pLow * hi + power * lo);
  let inside = _expTimes(left * ${f32(Math.LN2)}, n);
  let zero = T(0.0f);
  let infinite = T(elementBits(0x7f800000u));
  let grows = select(infinite, zero, y < zero);
  let shrinks = select(zero, infinite, y < zero);
  let some = select(select(inside, infinite, total > T(129.0f)), zero, total < T(-151.0f));
  let ends = (size == zero) | (size == infinite);
  let value = select(select(some, shrinks, size == zero), grows, size == infinite);
  let odd = fract(y * 0.5f) == T(0.5f);
  let negative = bitcast<I>(x) < I(0);
  let undefinedHere = (negative & (floor(y) != y) & !ends) | ((size == T(1.0f)) & (abs(y) == infinite));
  let unknown = undefinedHere | _isNan(x) | _isNan(y);
  return select(select(select(value, -value, negative & odd), T(elementBits(0x7fc00000u)), unknown), T(1.0f), y == zero);`,
  ],
};
