import type { Shape } from "../graph/graph.ts";
import { type Tiling, type Work, placesOf, tilingOf } from "./attentionTiling.ts";
import {
  type Dispatch,
  type Shading,
  type Variable,
  entry,
  f32,
  groupsOf,
  input,
  output,
  temporary,
} from "./shading.ts";
import { tree } from "./tree.ts";

/** A buffer of [batch, rows, width] as the kernels see it: in vectors of 4 where a row has whole ones. */
type Matrix = { readonly name: string; readonly rows: number; readonly width: number };

const typeOf = ({ width }: Matrix): "f32" | "vec4<f32>" => (width % 4 === 0 ? "vec4<f32>" : "f32");

const unitsOf = ({ width }: Matrix): number => Math.ceil(width / 4);

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const lines = (n: number, line: (i: number) => string): string => count(n).map(line).join("\n");

const lowest = f32(-3.4028234663852886e38);

/**
 * WGSL functions of a matrix: `nameAt(row, unit)` reads 4 numbers of a row of this batch, whatever lies there, `nameIn` reads
 * 0 beyond the rows and columns. They use `batch`, the number of this row of the batch.
 */
const readers = (matrix: Matrix): string => {
  const { name, rows, width } = matrix;
  const units = unitsOf(matrix);
  if (width % 4 === 0)
    return `
fn ${name}At(row : u32, unit : u32) -> vec4<f32> { return ${name}[(batch * ${rows}u + row) * ${units}u + unit]; }
fn ${name}In(row : u32, unit : u32) -> vec4<f32> {
  if (row >= ${rows}u || unit >= ${units}u) { return vec4<f32>(0); }
  return ${name}At(row, unit);
}`;
  const parts = count(4).map((i) => `select(0.0, ${name}[at + ${i}u], unit * 4u + ${i}u < ${width}u)`);
  return `
fn ${name}At(row : u32, unit : u32) -> vec4<f32> {
  let at = (batch * ${rows}u + row) * ${width}u + unit * 4u;
  return vec4<f32>(${parts.join(", ")});
}
fn ${name}In(row : u32, unit : u32) -> vec4<f32> {
  if (row >= ${rows}u) { return vec4<f32>(0); }
  return ${name}At(row, unit);
}`;
};

/** Statements that write 4 numbers of a row, as far as there are. */
const write = (matrix: Matrix, row: string, unit: string, value: string): string => {
  const { name, rows, width } = matrix;
  const within = `${row} < ${rows}u && ${unit} < ${unitsOf(matrix)}u`;
  if (width % 4 === 0) return `if (${within}) { ${name}[(batch * ${rows}u + ${row}) * ${unitsOf(matrix)}u + ${unit}] = ${value}; }`; // prettier-ignore
  const at = `(batch * ${rows}u + ${row}) * ${width}u + ${unit} * 4u`;
  return `if (${within}) {
    ${lines(4, (i) => `if (${unit} * 4u + ${i}u < ${width}u) { ${name}[${at} + ${i}u] = (${value})[${i}]; }`)}
  }`;
};

/** Whether threads must look whether what they read is there. */
const exact = (matrix: Matrix, rows: number, units: number): boolean =>
  matrix.width % 4 === 0 && matrix.rows % rows === 0 && unitsOf(matrix) % units === 0;

/**
 * WGSL that adds to `name0`, `name1`, ... (one vec4 of 4 others for each scored row of a thread) the dot products of rows of
 * `a` with those of `b`. Pieces of both are in workgroup memory while the next are read: of b with vectors of 4 rows.
 */
const dots = (name: string, a: Matrix, b: Matrix, tiling: Tiling): string => {
  const { threads, rows, across, scored, piece } = tiling;
  const [pitch, ofA, ofB] = [across + 1, rows * piece, across * piece]; // one more, for other banks
  const [roundsA, roundsB] = [Math.ceil(ofA / threads), Math.ceil(ofB / threads)];
  const base = 4 * piece * pitch;
  const pieces = Math.ceil(unitsOf(a) / piece);
  const readA = `${a.name}${exact(a, rows, piece) ? "At" : "In"}`;
  const readB = `${b.name}${exact(b, 4 * across, piece) ? "At" : "In"}`;
  const guarded = (id: string, of: number, round: number, text: string): string =>
    (round + 1) * threads <= of ? `{ ${text} }` : `if (${id} < ${of}u) { ${text} }`;
  // the last threads begin with a, as the first have more to do with b
  const idA = (round: number): string => `(${(round + 1) * threads - 1}u - local)`;
  const idB = (round: number): string => (round === 0 ? "local" : `(local + ${round * threads}u)`);
  const load = (c: string): string => `
${lines(roundsB, (i) =>
  guarded(
    idB(i),
    ofB,
    i,
    lines(
      4,
      (r) =>
        `b${i}${r} = ${readB}(other + ${idB(i)} / ${piece}u * 4u + ${r}u, ${c} * ${piece}u + ${idB(i)} % ${piece}u);`,
    ),
  ),
)}
${lines(roundsA, (i) => guarded(idA(i), ofA, i, `a${i} = ${readA}(row + ${idA(i)} / ${piece}u, ${c} * ${piece}u + ${idA(i)} % ${piece}u);`))}`;
  return `  {
${lines(roundsB, (i) => lines(4, (r) => `    var b${i}${r} = vec4<f32>(0);`))}
${lines(roundsA, (i) => `    var a${i} = vec4<f32>(0);`)}
${load("0u")}
    for (var c = 0u; c < ${pieces}u; c++) {
      workgroupBarrier();
${lines(roundsB, (i) =>
  guarded(
    idB(i),
    ofB,
    i,
    lines(
      4,
      (t) =>
        `places[(${idB(i)} % ${piece}u * 4u + ${t}u) * ${pitch}u + ${idB(i)} / ${piece}u] = vec4<f32>(${count(4)
          .map((r) => `b${i}${r}[${t}]`)
          .join(", ")});`,
    ),
  ),
)}
${lines(roundsA, (i) => guarded(idA(i), ofA, i, `places[${base}u + ${idA(i)}] = a${i};`))}
      workgroupBarrier();
      if (c + 1u < ${pieces}u) {
${load("(c + 1u)")}
      }
      for (var u = 0u; u < ${piece}u; u++) {
${lines(4, (t) => `        let k${t} = places[(u * 4u + ${t}u) * ${pitch}u + across];`)}
${lines(
  scored,
  (r) => `        let q${r} = places[${base}u + (ahead + ${r}u) * ${piece}u + u];
${lines(4, (t) => `        ${name}${r} += q${r}[${t}] * k${t};`)}`,
)}
      }
    }
  }`;
};

/** A result that is being made: rows of weights times the rows of a matrix. */
type Making = {
  /** The names of the threads' vec4s of weights begin so. */
  readonly weights: string;
  readonly by: Matrix;
  /** The names of what is made begin so. */
  readonly to: string;
  /** Vectors of a thread. */
  readonly vectors: number;
};

/** The unit of the `i`-th vector of a thread's. */
const unitAt = (i: number, { along }: Tiling, vectors: number): string =>
  `(part * ${along * vectors}u + along + ${i * along}u)`;

/** WGSL that adds the products of weights with rows of a matrix, for the others of one tile that are there. */
const combine = ({ weights: name, by, to, vectors }: Making, tiling: Tiling): string => {
  const { across, scored, made, weights } = tiling;
  const whole = by.rows % (4 * across) === 0;
  const read = `${by.name}${by.rows % 4 === 0 ? "At" : "In"}`;
  // columns that are too many read what lies there, or 0, and are not written
  const unit = (i: number): string =>
    by.rows % 4 === 0 && unitsOf(by) % (tiling.along * vectors) !== 0 ? `min(${unitAt(i, tiling, vectors)}, ${unitsOf(by) - 1}u)` : unitAt(i, tiling, vectors); // prettier-ignore
  return `  for (var c = 0u; c < ${across / weights}u; c++) {
    workgroupBarrier();
    if (across / ${weights}u == c) {
${lines(scored, (r) => `      places[(ahead + ${r}u) * ${weights}u + across % ${weights}u] = ${name}${r};`)}
    }
    workgroupBarrier();
    let start = other + c * ${4 * weights}u;
    let size = ${whole ? `${weights}u` : `min(${weights}u, (${by.rows + 3}u - min(start, ${by.rows}u)) / 4u)`};
    for (var j = 0u; j < size; j++) {
${lines(4, (t) => lines(vectors, (i) => `      let v${t}_${i} = ${read}(start + j * 4u + ${t}u, ${unit(i)});`))}
${lines(
  made,
  (r) => `      let p${r} = places[(behind + ${r}u) * ${weights}u + j];
${lines(4, (t) => lines(vectors, (i) => `      ${to}${r}_${i} += p${r}[${t}] * v${t}_${i};`))}`,
)}
    }
  }`;
};

/** The variables of a result, 0 at first. */
const start = ({ to, vectors }: Making, { made }: Tiling): string =>
  lines(made, (r) => lines(vectors, (i) => `  var ${to}${r}_${i} = vec4<f32>(0);`));

/** Statements that write a result. */
const finish = ({ to, vectors }: Making, matrix: Matrix, tiling: Tiling, value = (v: string, _r: number) => v): string =>
  lines(tiling.made, (r) => lines(vectors, (i) => `  ${write(matrix, `(row + behind + ${r}u)`, unitAt(i, tiling, vectors), value(`${to}${r}_${i}`, r))}`)); // prettier-ignore

/** WGSL that brings `name0`, `name1`, ... of the threads of a row together; all of them have the whole afterwards. */
const meet = (name: string, { threads, across, scored }: Tiling, both: (a: string, b: string) => string): string => {
  const packs = count(Math.ceil(scored / 4));
  const packed = (p: number): string => `vec4<f32>(${count(4).map((i) => (4 * p + i < scored ? `${name}${4 * p + i}` : "0.0")).join(", ")})`; // prettier-ignore
  const place = (p: number, thread: string): string => `places[${p * threads}u + ${thread}]`;
  return `  workgroupBarrier();
  {
${packs.map((p) => `    var pack${p} = ${packed(p)};`).join("\n")}
${tree({ deep: across, step: 1, slice: "across", of: packs.map((p) => ({ value: `pack${p}`, place: (thread) => place(p, thread) })), both })}
${lines(scored, (r) => `    ${name}${r} = ${place(r >> 2, "(local - across)")}[${r & 3}];`)}
  }`;
};

/** One dispatch: `body` runs for a tile of rows of one row of the batch, and a part of the columns. */
const dispatch = (
  tiling: Tiling,
  batch: number,
  rows: number,
  variables: readonly Variable[],
  matrices: readonly Matrix[],
  body: string,
): Dispatch => {
  const tiles = Math.ceil(rows / tiling.rows);
  const groups = batch * tiles * tiling.parts;
  return {
    variables,
    body: `
var<workgroup> places : array<vec4<f32>, ${placesOf(tiling)}>;
var<workgroup> factors : array<f32, ${tiling.rows}>;
var<private> batch : u32;
${matrices.map(readers).join("")}
${entry(
  tiling.threads,
  `  if (group >= ${groups}u) { return; }
  batch = group / ${tiles * tiling.parts}u;
  let part = group % ${tiling.parts}u;
  let row = group / ${tiling.parts}u % ${tiles}u * ${tiling.rows}u;
  // of this thread: its others and the first of its rows among scores, its columns and the first of its rows among results
  let across = local % ${tiling.across}u;
  let ahead = local / ${tiling.across}u * ${tiling.scored}u;
  let along = local % ${tiling.along}u;
  let behind = local / ${tiling.along}u * ${tiling.made}u;
${body}`,
)}`,
    groups: groupsOf(groups),
  };
};

/** For each scored row of a thread. */
const scoredLines = ({ scored }: Tiling, line: (r: number) => string): string => lines(scored, (r) => `  ${line(r)}`);

/** A loop over tiles of others, of which this thread's first is `mine`; `there` tells which of its 4 there are. */
const overOthers = ({ across }: Tiling, others: number, body: string): string => {
  const whole = others % (4 * across) === 0;
  return `  for (var other = 0u; other < ${others}u; other += ${4 * across}u) {
  let mine = other + across * 4u;
  ${whole ? "" : `let there = vec4<u32>(mine, mine + 1u, mine + 2u, mine + 3u) < vec4<u32>(${others}u);`}
${body}
  }`;
};

/** A vec4 of numbers of others, or `none` where there are none. */
const ofThere = ({ across }: Tiling, others: number, value: string, none: string): string =>
  others % (4 * across) === 0 ? value : `select(vec4<f32>(${none}), ${value}, there)`;

/** The sizes of attention, and its inputs. */
const given = (q: Shape, k: Shape, v: Shape) => {
  const [batch, n, d] = q as [number, number, number];
  const [m, e] = [k[1]!, v[2]!];
  const queries: Matrix = { name: "queries", rows: n, width: d };
  const keys: Matrix = { name: "keys", rows: m, width: d };
  const values: Matrix = { name: "values", rows: m, width: e };
  return { batch, n, d, m, e, queries, keys, values };
};

/**
 * softmax(scale q k^T) v, [batch, n, e], and the logarithms of the sums of exponentials, [batch, n], of inputs
 * q [batch, n, d] (0), k [batch, m, d] (1) and v [batch, m, e] (2). The matrix of all scores is never in memory: tiles of
 * keys come one after the other, with the greatest score so far, and sums relative to it.
 * @param tile how workgroups share the work
 */
export const attention = (
  q: Shape,
  k: Shape,
  v: Shape,
  scale: number,
  tile: (work: Work) => Tiling = tilingOf,
): Shading => {
  const { batch, n, d, m, e, queries, keys, values } = given(q, k, v);
  const tiling = tile({ batch, rows: n, others: m, dots: [d], columns: [e] });
  const once = m <= 4 * tiling.across;
  const made: Matrix = { name: "made", rows: n, width: e };
  const result: Making = { weights: "s", by: values, to: "o", vectors: tiling.vectors[0]! };
  const most = (v: string): string => `max(max(${v}[0], ${v}[1]), max(${v}[2], ${v}[3]))`;
  const body = `
${start(result, tiling)}
${scoredLines(tiling, (r) => `var top${r} = ${lowest}; var total${r} = 0.0;`)}
${overOthers(
  tiling,
  m,
  `
${scoredLines(tiling, (r) => `var s${r} = vec4<f32>(0);`)}
${dots("s", queries, keys, tiling)}
${scoredLines(tiling, (r) => `s${r} = ${ofThere(tiling, m, `s${r} * ${f32(scale)}`, lowest)}; var best${r} = max(top${r}, ${most(`s${r}`)});`)}
${meet("best", tiling, (a, b) => `max(${a}, ${b})`)}
${scoredLines(
  tiling,
  (r) => `s${r} = ${ofThere(tiling, m, `exp(s${r} - best${r})`, "0.0")};
  total${r} = ${once ? "" : `total${r} * exp(top${r} - best${r}) + `}dot(s${r}, vec4<f32>(1));`,
)}
${
  once
    ? ""
    : `  if (across == 0u) {
${scoredLines(tiling, (r) => `  factors[ahead + ${r}u] = exp(top${r} - best${r});`)}
  }
  workgroupBarrier();
${lines(tiling.made, (r) => lines(result.vectors, (i) => `  o${r}_${i} *= factors[behind + ${r}u];`))}`
}
${scoredLines(tiling, (r) => `top${r} = best${r};`)}
${combine(result, tiling)}`,
)}
${meet("total", tiling, (a, b) => `(${a} + ${b})`)}
  if (across == 0u) {
${scoredLines(
  tiling,
  (r) => `  factors[ahead + ${r}u] = 1.0 / total${r};
    if (part == 0u && row + ahead + ${r}u < ${n}u) { logs[batch * ${n}u + row + ahead + ${r}u] = top${r} + log(total${r}); }`,
)}
  }
  workgroupBarrier();
${finish(result, made, tiling, (value, r) => `${value} * factors[behind + ${r}u]`)}`;
  return {
    outputs: [
      { shape: [batch, n, e], dtype: "float32" },
      { shape: [batch, n], dtype: "float32" },
    ],
    temporaries: [],
    tables: [],
    dispatches: [
      dispatch(
        tiling,
        batch,
        n,
        [
          ...[queries, keys, values].map((it, i) => input(i, it.name, typeOf(it))),
          ...[output(0, "made", typeOf(made)), output(1, "logs")],
        ],
        [queries, keys, values],
        body,
      ),
    ],
  };
};

/**
 * dq, dk and dv, of inputs dout (0), q (1), k (2), v (3), out (4) and the logarithms (5). With p = exp(scale q k^T - log),
 * dp = dout v^T and delta = <dout, out> per query: ds = scale p (dp - delta), dq = ds k, dk = ds^T q, dv = p^T dout.
 * Scores are computed again, by queries for dq, by keys for the others.
 * @param tile how workgroups share the work
 */
export const attentionGradient = (
  q: Shape,
  k: Shape,
  v: Shape,
  scale: number,
  tile: (work: Work) => Tiling = tilingOf,
): Shading => {
  const { batch, n, d, m, e, queries, keys, values } = given(q, k, v);
  const slopes: Matrix = { name: "slopes", rows: n, width: e };
  const outs: Matrix = { name: "outs", rows: n, width: e };
  const both = [
    input(0, "slopes", typeOf(slopes)),
    ...[queries, keys, values].map((it, i) => input(1 + i, it.name, typeOf(it))),
  ];
  const add = (a: string, b: string): string => `(${a} + ${b})`;

  const byQueries = (): Dispatch => {
    const tiling = tile({ batch, rows: n, others: m, dots: [d, e], columns: [d] });
    const result: Making = { weights: "g", by: keys, to: "o", vectors: tiling.vectors[0]! };
    const made: Matrix = { name: "made", rows: n, width: d };
    const helpers = tiling.threads / tiling.rows;
    const read = exact(slopes, tiling.rows, 1) ? "At" : "In";
    const body = `
${start(result, tiling)}
  let share = local % ${helpers}u;
  var delta = 0.0;
  for (var u = share; u < ${unitsOf(slopes)}u; u += ${helpers}u) {
    delta += dot(slopes${read}(row + local / ${helpers}u, u), outs${read}(row + local / ${helpers}u, u));
  }
${tree({ deep: helpers, step: 1, slice: "share", of: [{ value: "delta", place: (thread) => `places[${thread}][0]` }], both: add })}
  if (part == 0u && share == 0u && row + local / ${helpers}u < ${n}u) {
    deltas[batch * ${n}u + row + local / ${helpers}u] = delta;
  }
${scoredLines(
  tiling,
  (r) => `let delta${r} = places[(ahead + ${r}u) * ${helpers}u][0];
  let log${r} = logs[batch * ${n}u + min(row + ahead + ${r}u, ${n - 1}u)];`,
)}
${overOthers(
  tiling,
  m,
  `
${scoredLines(tiling, (r) => `var s${r} = vec4<f32>(0); var g${r} = vec4<f32>(0);`)}
${dots("s", queries, keys, tiling)}
${dots("g", slopes, values, tiling)}
${scoredLines(tiling, (r) => `g${r} = ${ofThere(tiling, m, `exp(s${r} * ${f32(scale)} - log${r}) * ${f32(scale)} * (g${r} - delta${r})`, "0.0")};`)}
${combine(result, tiling)}`,
)}
${finish(result, made, tiling)}`;
    return dispatch(
      tiling,
      batch,
      n,
      [
        ...both,
        input(4, "outs", typeOf(outs)),
        input(5, "logs"),
        output(0, "made", typeOf(made)),
        temporary(0, "deltas"),
      ],
      [slopes, queries, keys, values, outs],
      body,
    );
  };

  const byKeys = (): Dispatch => {
    const tiling = tile({ batch, rows: m, others: n, dots: [d, e], columns: [e, d] });
    const [forValues, forKeys]: [Making, Making] = [
      { weights: "s", by: slopes, to: "dv", vectors: tiling.vectors[0]! },
      { weights: "g", by: queries, to: "dk", vectors: tiling.vectors[1]! },
    ];
    const madeKeys: Matrix = { name: "madeKeys", rows: m, width: d };
    const madeValues: Matrix = { name: "madeValues", rows: m, width: e };
    const each = (name: string): string => {
      const places = count(4).map((i) => `${name}[batch * ${n}u + min(mine + ${i}u, ${n - 1}u)]`);
      return `vec4<f32>(${places.join(", ")})`;
    };
    const body = `
${start(forValues, tiling)}
${start(forKeys, tiling)}
${overOthers(
  tiling,
  n,
  `
${scoredLines(tiling, (r) => `var s${r} = vec4<f32>(0); var g${r} = vec4<f32>(0);`)}
${dots("s", keys, queries, tiling)}
${dots("g", values, slopes, tiling)}
  let logOf = ${each("logs")};
  let deltaOf = ${each("deltas")};
${scoredLines(
  tiling,
  (r) => `s${r} = ${ofThere(tiling, n, `exp(s${r} * ${f32(scale)} - logOf)`, "0.0")};
  g${r} = s${r} * ${f32(scale)} * (g${r} - deltaOf);`,
)}
${combine(forValues, tiling)}
${combine(forKeys, tiling)}`,
)}
${finish(forValues, madeValues, tiling)}
${finish(forKeys, madeKeys, tiling)}`;
    return dispatch(
      tiling,
      batch,
      m,
      [
        ...[...both, input(5, "logs"), temporary(0, "deltas")],
        ...[output(1, "madeKeys", typeOf(madeKeys)), output(2, "madeValues", typeOf(madeValues))],
      ],
      [slopes, queries, keys, values],
      body,
    );
  };

  return {
    outputs: [q, k, v].map((shape) => ({ shape, dtype: "float32" as const })),
    temporaries: [4 * batch * n],
    tables: [],
    dispatches: [byQueries(), byKeys()],
  };
};
