import { f64, float64 } from "./float64.ts";
import { entry, groupsOf, output, type Shading, table } from "./shading.ts";

/**
 * `normalPair(words)` in WGSL: two standard normal numbers of two random words, bit for bit those of fillNormal of
 * @nonmarkov/random, by the same operations in the same order. What it needs of float64 holds: m - 1 is 0 or at least 2^-33
 * in size, so r^2 is 0 or at least 2^-70; the angle is 0 or at least 1.4e-9, so its square is 0 or at least 2e-18; nothing
 * exceeds 2^33. The radius is at least 1.5e-5, so that results are zero (with a sign) or at least 2e-14, normal f32 too.
 */
export const normalPair = `${float64}
const one64 = ${f64(1)};

/** -ln((w + 1/2) / 2^32). */
fn minusLogOfWord(w : u32) -> F64 {
  var e = 32u - countLeadingZeros(w);
  var m = scale64(add64(scale64(fromU32(w), 1), one64), -i32(e));
  if (greater64(m, ${f64(Math.SQRT2)})) {
    m = scale64(m, -1);
    e++;
  }
  let r = div64(sub64(m, one64), add64(m, one64));
  let q = mul64(r, r);
  // 1 + q (1/3 + q (1/5 + ... q (1/19 + q / 21)))
  var series = add64(divSmall64(one64, 19u), divSmall64(q, 21u));
  for (var d = 17u; d > 1u; d -= 2u) { series = add64(divSmall64(one64, d), mul64(q, series)); }
  series = add64(one64, mul64(q, series));
  return sub64(mul64(fromU32(33u - e), ${f64(Math.LN2)}), mul64(scale64(r, 1), series));
}

fn normalPair(words : vec2<u32>) -> vec2<f32> {
  let radius = sqrt64(scale64(minusLogOfWord(words.x), 1));
  // the nearest quarter turn, and what is left of the angle: in -1/8..1/8 of a turn
  let w = words.y;
  let quarter = (w + 0x20000000u) >> 30u;
  let x = mul64(fromI32(bitcast<i32>(w - (quarter << 30u))), ${f64((2 * Math.PI) / 2 ** 32)});
  let q = mul64(x, x);
  // 1 - q / (2 3) (1 - q / (4 5) (1 - ... q / (14 15))) and 1 - q / (1 2) (1 - q / (3 4) (1 - ... q / (15 16)))
  var sine = one64;
  var cosine = sub64(one64, divSmall64(q, 240u));
  for (var k = 14u; k > 0u; k -= 2u) {
    sine = sub64(one64, mul64(divSmall64(q, k * (k + 1u)), sine));
    cosine = sub64(one64, mul64(divSmall64(q, k * (k - 1u)), cosine));
  }
  sine = mul64(x, sine);
  let turned = (quarter & 1u) == 1u;
  var c = select(cosine, sine, turned);
  var s = select(sine, cosine, turned);
  if (quarter == 1u || quarter == 2u) { c = negate64(c); }
  if (quarter >= 2u) { s = negate64(s); }
  return bitcast<vec2<f32>>(vec2(toF32(mul64(radius, c)), toF32(mul64(radius, s))));
}
`;

/** Threefry-2x32 with 20 rounds of the counter (counter, 0), as @nonmarkov/random's threefry2x32. */
const threefry = () => {
  const rotations = [
    [13, 15, 26, 6],
    [17, 29, 16, 24],
  ];
  const keys = ["k0", "k1", "k2"];
  const rounds = Array.from({ length: 5 }, (_, i) => [
    ...rotations[i % 2]!.map((by) => `  a += b; b = ((b << ${by}u) | (b >> ${32 - by}u)) ^ a;`),
    `  a += ${keys[(i + 1) % 3]}; b += ${keys[(i + 2) % 3]} + ${i + 1}u;`,
  ]);
  return `
fn threefry(k0 : u32, k1 : u32, counter : u32) -> vec2<u32> {
  let k2 = 0x1bd11bdau ^ k0 ^ k1;
  var a = counter + k0;
  var b = k1;
${rounds.flat().join("\n")}
  return vec2(a, b);
}
`;
};

/** Few, for more processors to have some: each thread has much to do. */
const threads = 64;

/**
 * Rows of standard normal noise, bit for bit fillNormal of @nonmarkov/random: number i of a row comes from counter i / 2 of
 * the row's key. The sizes are data, not text: a network's parameters have many shapes, and the shader takes long to compile.
 * @param shape [rows, ...]
 * @param keys two words for each row
 */
export const noise = (shape: readonly number[], keys: readonly number[]): Shading | undefined => {
  const rows = keys.length / 2;
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  if (rows * width === 0) return undefined;
  const pairs = Math.ceil(width / 2);
  const isEven = width % 2 === 0;
  const write = isEven
    ? "    to[i] = pair;"
    : `    let at = row * width + 2u * counter;
    to[at] = pair.x;
    if (2u * counter + 1u < width) { to[at + 1u] = pair.y; }`;
  const body = `  let width = given[0];
  let pairs = (width + 1u) / 2u;
  let i = group * ${threads}u + local;
  if (i < given[1]) {
    let row = i / pairs;
    let counter = i - row * pairs;
    let pair = normalPair(threefry(given[2u * row + 2u], given[2u * row + 3u], counter));
${write}
  }`;
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: [],
    tables: [Uint32Array.from([width, rows * pairs, ...keys])],
    dispatches: [
      {
        variables: [table(0, "given"), output(0, "to", isEven ? "vec2<f32>" : "f32")],
        body: `${normalPair}${threefry()}${entry(threads, body)}`,
        groups: groupsOf(Math.ceil((rows * pairs) / threads)),
      },
    ],
  };
};
