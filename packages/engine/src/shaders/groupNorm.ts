import type { GroupNormSettings } from "../commands/groupNorm.ts";
import type { Shape } from "../graph/graph.ts";
import { fold, planFold, sumOf } from "./fold.ts";
import {
  type Dispatch,
  type Shading,
  entry,
  f32,
  groupsOf,
  input,
  output,
  temporary,
  type Variable,
} from "./shading.ts";
import { threadUnits } from "./threadUnits.ts";
import { type Shared, sharedIn, tree } from "./tree.ts";
import { vector } from "./vector.ts";

/** Sizes; a unit is 4 channels where a group has whole ones, else 1. */
type Sizes = {
  readonly batch: number;
  readonly places: number;
  readonly channels: number;
  readonly groups: number;
  readonly lanes: 1 | 4;
  /** Units of a place: all channels. */
  readonly pitch: number;
  /** Units of a place in a group. */
  readonly width: number;
  /** Numbers of a group. */
  readonly count: number;
};

const sizesOf = (x: Shape, groups: number, parts: readonly number[] = []): Sizes => {
  const [batch, channels] = [x[0]!, x.at(-1)!];
  const places = x.slice(1, -1).reduce((a, b) => a * b, 1);
  const lanes = [channels / groups, ...parts].every((n) => n % 4 === 0) ? 4 : 1;
  const [pitch, width] = [channels / lanes, channels / groups / lanes];
  return { batch, places, channels, groups, lanes, pitch, width, count: (places * channels) / groups };
};

const powerBelow = (n: number): number => 2 ** Math.floor(Math.log2(n));

/** Groups of a workgroup: for reads of 64 bytes, as long as there are workgroups for a GPU and registers for `held` units. */
const together = ({ batch, places, groups, lanes, width }: Sizes, held: number): number => {
  const fits = (some: number): boolean =>
    groups % some === 0 &&
    some * width * lanes <= 16 &&
    (batch * groups) / some >= 264 &&
    places * some * width <= 256 * held;
  for (let some = Math.min(groups, 16); some > 1; some--) if (fits(some)) return some;
  return 1;
};

/** Threads for `units`: some units each where there are enough. */
const threadsFor = (units: number): number => Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(units / 4))));

/** Whether so few groups are so large that workgroups must share them. */
const shared = ({ batch, groups, count }: Sizes): boolean => batch * groups < 264 && count > 32_768;

const add = (a: string, b: string): string => `(${a} + ${b})`;

const lanesOf = (v: string, lanes: 1 | 4): string => (lanes === 1 ? v : `dot(${v}, vec4<f32>(1))`);

/** The value, with SiLU or not, of `normal`. */
const activated = (normal: string, silu: boolean): string => (silu ? `silu(${normal})` : normal);

const siluText = (type: string): string => `fn silu(v : ${type}) -> ${type} { return v / (1 + exp(-v)); }`;

/** How threads bring numbers together: those of a column of threads `step` apart, then those of `width` columns. */
type Meeting = { readonly threads: number; readonly step: number; readonly width: number };

/** WGSL after which all threads of a group have its sums in these variables; `group` columns begin at `first`. */
const meet = ({ threads, step, width }: Meeting, of: readonly Shared[]): string => {
  const columns = ({ place }: Shared): string =>
    Array.from({ length: width }, (_, i) => place(`first + ${i}u`)).reduce(add);
  return `${tree({ deep: threads / step, step, slice: `local / ${step}u`, of, both: add })}
${of.map((it) => `  ${it.value} = ${columns(it)};`).join("\n")}`;
};

/**
 * WGSL for the moments of the units of a group: `centre`, near the mean; `off`, what the mean is beyond it; and `square`,
 * the sum of squares about the mean. Numbers are exact less a centre near them, so a mean far from 0 costs nothing.
 */
const moments = (lanes: 1 | 4, count: string, every: (line: (unit: string) => string) => string, meeting: Meeting) => {
  const type = vector("f32", lanes);
  return `  var sums = ${type}(0);
${every((unit) => `sums += ${unit};`)}
  var sum = ${lanesOf("sums", lanes)};
${meet(meeting, [sharedIn("sum", "shares")])}
  let centre = sum / ${count};
  var offs = ${type}(0);
  var squares = ${type}(0);
${every((unit) => `let d = ${unit} - centre; offs += d; squares += d * d;`)}
  var off = ${lanesOf("offs", lanes)};
  var square = ${lanesOf("squares", lanes)};
${meet(meeting, [sharedIn("off", "offShares"), sharedIn("square", "squareShares")])}
  off /= ${count};
  let about = square - ${count} * off * off;
  square = select(about, 0.0, about < 0.0); // NaN stays`;
};

const sharedArrays = (threads: number): string =>
  ["shares", "offShares", "squareShares"].map((name) => `var<workgroup> ${name} : array<f32, ${threads}>;`).join("\n");

/** y of a unit, of what {@link moments} found. */
const normal = (unit: string, at: string, pitch: number, silu: boolean): string => {
  const channel = `(${at} % ${pitch}u)`;
  const value = `((${unit} - centre) - off) * (inverse * gamma[${channel}]) + beta[${channel}]`;
  return `made[${at}] = ${activated(value, silu)};`;
};

/** The input: one tensor, or several that have its channels one after the other. */
type Source = {
  readonly variables: readonly Variable[];
  /** WGSL of a function, if there is one. */
  readonly functions: string;
  /** The unit at a place, as if it were one tensor. */
  readonly read: (at: string) => string;
};

const sourceOf = ({ lanes, pitch }: Sizes, parts: readonly number[]): Source => {
  const type = vector("f32", lanes);
  if (parts.length === 1) return { variables: [input(0, "given", type)], functions: "", read: (at) => `given[${at}]` };
  let end = 0;
  const cases = parts.map((channels, i) => {
    const [begin, width] = [end, channels / lanes];
    end += width;
    const value = `given${i}[place * ${width}u + channel${begin === 0 ? "" : ` - ${begin}u`}]`;
    return end === pitch ? `  return ${value};` : `  if (channel < ${end}u) { return ${value}; }`;
  });
  return {
    variables: parts.map((_, i) => input(i, `given${i}`, type)),
    functions: `fn givenAt(at : u32) -> ${type} {
  let place = at / ${pitch}u;
  let channel = at % ${pitch}u;
${cases.join("\n")}
}`,
    read: (at) => `givenAt(${at})`,
  };
};

/** A whole group, or some, by one workgroup each. */
const whole = (sizes: Sizes, { eps, silu }: GroupNormSettings, { variables, functions, read }: Source): Dispatch => {
  const { batch, places, groups, lanes, pitch, width, count } = sizes;
  const held = lanes === 4 ? 16 : 32;
  const some = together(sizes, held);
  const run = some * width;
  const wanted = threadsFor(places * run);
  const threads = some === 1 ? wanted : run * powerBelow(wanted / run);
  const each = Math.ceil((places * run) / threads);
  const type = vector("f32", lanes);
  const { load, every } = threadUnits("v", {
    ...{ type, read, first: "local", step: threads, count: places * run, each, hold: each <= held },
    at: (i) => (pitch === run ? `base + ${i}` : `base + ${i} / ${run}u * ${pitch}u + ${i} % ${run}u`),
  });
  const workgroups = (batch * groups) / some;
  const meeting = some === 1 ? { threads, step: 1, width: 1 } : { threads, step: run, width };
  const body = `
${functions}
${siluText(type)}
${sharedArrays(threads)}
${entry(
  threads,
  `  if (group >= ${workgroups}u) { return; }
  let row = group / ${groups / some}u;
  let section = group % ${groups / some}u;
  let base = row * ${places * pitch}u + section * ${run}u;
  let member = ${some === 1 ? "0u" : `local % ${run}u / ${width}u`};
  let first = member * ${some === 1 ? 0 : width}u;
${load}
${moments(lanes, f32(count), every, meeting)}
  let inverse = 1.0 / sqrt(square / ${f32(count)} + ${f32(eps)});
  if (local == first) {
    let place = row * ${groups}u + section * ${some}u + member;
    means[place] = centre + off;
    inverses[place] = inverse;
  }
${every((unit, at) => `let to = ${at}; ${normal(unit, "to", pitch, silu)}`)}`,
)}`;
  return {
    variables: [
      ...[...variables, input(variables.length, "gamma", type), input(variables.length + 1, "beta", type)],
      ...[output(0, "made", type), output(1, "means"), output(2, "inverses")],
    ],
    body,
    groups: groupsOf(workgroups),
  };
};

/** Parts of groups by a workgroup each: their moments first, which all then bring together. */
const parted = (
  sizes: Sizes,
  { eps, silu }: GroupNormSettings,
  { variables, functions, read }: Source,
): readonly [bytes: number, ...Dispatch[]] => {
  const { batch, places, groups, lanes, pitch, width, count } = sizes;
  const units = places * width;
  const length = Math.ceil(units / Math.min(Math.ceil(count / 8192), Math.ceil(1056 / (batch * groups))));
  const chunks = Math.ceil(units / length);
  const threads = 256;
  const type = vector("f32", lanes);
  const each = Math.ceil(length / threads);
  const { load, every } = threadUnits("v", {
    ...{ type, read, first: "local", step: threads, count: "size", each, hold: each <= 16 },
    at: (i) => `base + (start + ${i}) / ${width}u * ${pitch}u + (start + ${i}) % ${width}u`,
  });
  const workgroups = batch * groups * chunks;
  const meeting = { threads, step: 1, width: 1 };
  const begin = `  if (group >= ${workgroups}u) { return; }
  let whole = group / ${chunks}u;
  let chunk = group % ${chunks}u;
  let base = whole / ${groups}u * ${places * pitch}u + whole % ${groups}u * ${width}u;
  let start = chunk * ${length}u;
  let size = min(${length}u, ${units}u - start);
  let first = 0u;`;
  const find: Dispatch = {
    variables: [...variables, temporary(0, "parts")],
    body: `
${functions}
${sharedArrays(threads)}
${entry(
  threads,
  `${begin}
${load}
${moments(lanes, `f32(size * ${lanes}u)`, every, meeting)}
  if (local == 0u) {
    parts[group * 3u] = centre;
    parts[group * 3u + 1u] = off;
    parts[group * 3u + 2u] = square;
  }`,
)}`,
    groups: groupsOf(workgroups),
  };
  const eachPart = (line: string): string => `  for (var i = local; i < ${chunks}u; i += ${threads}u) {
    let at = (whole * ${chunks}u + i) * 3u;
    let size = f32(min(${length}u, ${units}u - i * ${length}u) * ${lanes}u);
    let beyond = (parts[at] - centre) + parts[at + 1u];
    ${line}
  }`;
  const apply: Dispatch = {
    variables: [
      ...[...variables, input(variables.length, "gamma", type), input(variables.length + 1, "beta", type)],
      temporary(0, "parts"),
      ...[output(0, "made", type), output(1, "means"), output(2, "inverses")],
    ],
    body: `
${functions}
${siluText(type)}
${["offShares", "squareShares"].map((name) => `var<workgroup> ${name} : array<f32, ${threads}>;`).join("\n")}
${entry(
  threads,
  `${begin}
${load}
  let centre = parts[whole * ${chunks * 3}u];
  var off = 0.0;
${eachPart("off += size * beyond;")}
${meet(meeting, [sharedIn("off", "offShares")])}
  off /= ${f32(count)};
  var square = 0.0;
${eachPart("square += parts[at + 2u] + size * (beyond - off) * (beyond - off);")}
${meet(meeting, [sharedIn("square", "squareShares")])}
  let inverse = 1.0 / sqrt(square / ${f32(count)} + ${f32(eps)});
  if (chunk == 0u && local == 0u) {
    means[whole] = centre + off;
    inverses[whole] = inverse;
  }
${every((unit, at) => `let to = ${at}; ${normal(unit, "to", pitch, silu)}`)}`,
)}`,
    groups: groupsOf(workgroups),
  };
  return [4 * 3 * workgroups, find, apply];
};

/**
 * y, and per group the mean and the inverse deviation, of inputs x (0), gamma (1) and beta (2).
 * @param parts the channels of each of several inputs in the place of x, which have its channels one after the other; gamma
 *   and beta follow them
 */
export const groupNorm = (x: Shape, settings: GroupNormSettings, parts: readonly number[] = [x.at(-1)!]): Shading => {
  const sizes = sizesOf(x, settings.groups, parts);
  const source = sourceOf(sizes, parts);
  const perGroup = { shape: [sizes.batch, settings.groups], dtype: "float32" as const };
  const common = {
    outputs: [{ shape: x, dtype: "float32" as const }, perGroup, perGroup],
    tables: [],
    inPlace: parts.length === 1 ? [[0, 0] as const] : [],
  };
  if (!shared(sizes)) return { ...common, temporaries: [], dispatches: [whole(sizes, settings, source)] };
  const [bytes, ...dispatches] = parted(sizes, settings, source);
  return { ...common, temporaries: [bytes], dispatches };
};

/** The derivative of SiLU. */
const slopeText = (type: string): string => `fn slope(v : ${type}) -> ${type} {
  let s = 1 / (1 + exp(-v));
  return s * (1 + v * (1 - s));
}`;

/** Statements for `n`, the normalised number, and `dz`, the gradient by gamma n + beta, of a unit. */
const pair = (x: string, dy: string, silu: boolean): string =>
  `let n = (${x} - mean) * inverse; let dz = ${dy}${silu ? " * slope(n * weight + bias)" : ""};`;

/** Two sums that threads bring together. */
const twoSums = [sharedIn("a", "shares"), sharedIn("b", "dotShares")];

const twoArrays = (type: string, threads: number): string =>
  ["shares", "dotShares"].map((name) => `var<workgroup> ${name} : array<${type}, ${threads}>;`).join("\n");

/** Statements that read what a channel has: its group's statistics, gamma and beta. */
const channelText = (member: string, channel: string, silu: boolean): string => `
  let mean = means[${member}];
  let inverse = inverses[${member}];
  let weight = gamma[${channel}];
  ${silu ? `let bias = beta[${channel}];` : ""}`;

const statistics = (type: "f32" | "vec4<f32>", silu: boolean) => [
  ...[input(0, "slopes", type), input(1, "given", type), input(2, "gamma", type)],
  ...(silu ? [input(3, "beta", type)] : []),
  ...[input(4, "means"), input(5, "inverses")],
];

/** Channels and threads of each in a workgroup that sums over rows. */
const [sumWide, sumDeep] = [16, 16];

/** Rows that threads may sum one after the other. */
const sumRows = 2048;

/**
 * dgamma and dbeta: the sums of dz and dz n, temporary 0 of [2, rows, channels], over rows. And where `parts` are given,
 * their sums over parts of a row of the batch and the channels of a group, times gamma: to temporary 1, [2, batch, groups].
 * @param next the index that another temporary would have
 */
const sumUp = (sizes: Sizes, rows: number, next: number, parts?: number): [bytes: number[], ...Dispatch[]] => {
  const { batch, groups, channels } = sizes;
  const axes = [
    { size: 2, folded: false },
    { size: rows, folded: true },
    { size: channels, folded: false },
  ];
  const plan = planFold(axes, 4, true);
  const many = rows > sumRows;
  const last = many ? { from: next, rows: plan.chunks, row: 2 * channels, half: channels } : { from: 0, rows, row: channels, half: rows * channels }; // prettier-ignore
  const members = parts === undefined ? 0 : batch * groups;
  const tiles = Math.ceil(channels / sumWide);
  const threads = sumWide * sumDeep;
  const each = channels / groups;
  const groupSums = `  if (group < ${members}u) {
    var a = 0.0;
    var b = 0.0;
    for (var i = local; i < ${(parts ?? 0) * each}u; i += ${threads}u) {
      let channel = group % ${groups}u * ${each}u + i % ${each}u;
      let at = (group / ${groups}u * ${parts}u + i / ${each}u) * ${channels}u + channel;
      a += gamma[channel] * sums[at];
      b += gamma[channel] * sums[${rows * channels}u + at];
    }
${tree({ deep: threads, step: 1, slice: "local", of: twoSums, both: add })}
    if (local == 0u) {
      totals[group] = a;
      totals[${members}u + group] = b;
    }
    return;
  }`;
  const dispatch: Dispatch = {
    variables: [
      ...[temporary(last.from, "rowSums"), output(1, "dgamma"), output(2, "dbeta")],
      ...(parts === undefined ? [] : [temporary(0, "sums"), input(2, "gamma"), temporary(1, "totals")]),
    ],
    body: `
${twoArrays("f32", threads)}
${entry(
  threads,
  `  if (group >= ${members + tiles}u) { return; }
${parts === undefined ? "" : groupSums}
  let channel = (group - ${members}u) * ${sumWide}u + local % ${sumWide}u;
  let slice = local / ${sumWide}u;
  var a = 0.0;
  var b = 0.0;
  if (channel < ${channels}u) {
    for (var row = slice; row < ${last.rows}u; row += ${sumDeep}u) {
      a += rowSums[row * ${last.row}u + channel];
      b += rowSums[row * ${last.row}u + ${last.half}u + channel];
    }
  }
${tree({ deep: sumDeep, step: sumWide, slice: "slice", of: twoSums, both: add })}
  if (slice == 0u && channel < ${channels}u) {
    dbeta[channel] = a;
    dgamma[channel] = b;
  }`,
)}`,
    groups: groupsOf(members + tiles),
  };
  if (!many) return [[], dispatch];
  const before = fold(plan, sumOf(1), temporary(0, "").place, temporary(next, "").place);
  return [[8 * plan.chunks * channels], before, dispatch];
};

/** dx, and the sums of dz and dz n over places, of whole groups by one workgroup each. */
const wholeGradient = (sizes: Sizes, { silu }: GroupNormSettings): Dispatch => {
  const { batch, places, groups, lanes, pitch, width, count } = sizes;
  const held = lanes === 4 ? 8 : 16;
  const some = together(sizes, held);
  const run = some * width;
  const wanted = Math.max(threadsFor(places * run), run);
  const threads = run * powerBelow(wanted / run);
  const each = Math.ceil((places * run) / threads);
  const hold = each <= held;
  const type = vector("f32", lanes);
  const units = (name: string, from: string) =>
    threadUnits(name, {
      ...{
        type,
        read: (at: string) => `${from}[${at}]`,
        first: "local",
        step: threads,
        count: places * run,
        each,
        hold,
      },
      at: (i) => `base + ${i} / ${run}u * ${pitch}u`,
    });
  const [x, dy] = [units("v", "given"), units("w", "slopes")];
  const workgroups = (batch * groups) / some;
  /** A line for what both buffers have in a place: held, v becomes n and w becomes dz. */
  const both = (line: (n: string, dz: string, at: string) => string, known: boolean): string =>
    x.every((v, at) => {
      if (!hold) return `let dy = slopes[${at}]; ${pair(v, "dy", silu)} ${line("n", "dz", at)}`;
      const w = v.replace("v", "w");
      return known ? line(v, w, at) : `${pair(v, w, silu)} ${v} = n; ${w} = dz; ${line("n", "dz", at)}`;
    });
  return {
    variables: [...statistics(type, silu), output(0, "made", type), temporary(0, "sums", type)],
    body: `
${slopeText(type)}
${twoArrays(type, threads)}
var<workgroup> weighted : array<vec2<f32>, ${run}>;
${entry(
  threads,
  `  if (group >= ${workgroups}u) { return; }
  let row = group / ${groups / some}u;
  let section = group % ${groups / some}u;
  let lane = local % ${run}u;
  let slice = local / ${run}u;
  let base = row * ${places * pitch}u + section * ${run}u + lane;
  let channel = section * ${run}u + lane;
  let first = lane / ${width}u * ${width}u;
${channelText(`row * ${groups}u + section * ${some}u + lane / ${width}u`, "channel", silu)}
${x.load}
${dy.load}
  var a = ${type}(0);
  var b = ${type}(0);
${both((n, dz) => `a += ${dz}; b += ${dz} * ${n};`, false)}
${tree({ deep: threads / run, step: run, slice: "slice", of: twoSums, both: add })}
  if (slice == 0u) {
    sums[row * ${pitch}u + channel] = a;
    sums[(${batch}u + row) * ${pitch}u + channel] = b;
    weighted[lane] = vec2<f32>(${lanesOf("(weight * a)", lanes)}, ${lanesOf("(weight * b)", lanes)});
  }
  workgroupBarrier();
  var total = vec2<f32>(0);
  for (var i = 0u; i < ${width}u; i++) { total += weighted[first + i]; }
  total /= ${f32(count)};
${both((n, dz, at) => `made[${at}] = inverse * (${dz} * weight - total[0] - ${n} * total[1]);`, true)}`,
)}`,
    groups: groupsOf(workgroups),
  };
};

/** The same of parts of all groups: sums over parts of places, and, when they are together, dx. */
const partedGradient = (
  sizes: Sizes,
  { silu }: GroupNormSettings,
): readonly [bytes: readonly number[], ...Dispatch[]] => {
  const { batch, places, groups, lanes, pitch, width, count } = sizes;
  const type = vector("f32", lanes);
  const wide = Math.min(pitch, 32);
  const deep = powerBelow(256 / wide);
  const tiles = Math.ceil(pitch / wide);
  const most = Math.max(1, Math.floor(places / (4 * deep)));
  const length = Math.ceil(places / Math.min(most, Math.ceil(1056 / (batch * tiles))));
  const chunks = Math.ceil(places / length);
  const threads = wide * deep;
  const workgroups = batch * tiles * chunks;
  const begin = `  if (group >= ${workgroups}u) { return; }
  let chunk = group / ${tiles}u % ${chunks}u;
  let row = group / ${tiles * chunks}u;
  let channel = group % ${tiles}u * ${wide}u + local % ${wide}u;
  let slice = local / ${wide}u;
  let member = row * ${groups}u + min(channel, ${pitch - 1}u) / ${width}u;
${channelText("member", `min(channel, ${pitch - 1}u)`, silu)}
  let end = select(0u, min(chunk * ${length}u + ${length}u, ${places}u), channel < ${pitch}u);`;
  const loop = (line: string): string => `  for (var i = chunk * ${length}u + slice; i < end; i += ${deep}u) {
    let at = (row * ${places}u + i) * ${pitch}u + channel;
    ${pair("given[at]", "slopes[at]", silu)}
    ${line}
  }`;
  const find: Dispatch = {
    variables: [...statistics(type, silu), temporary(0, "sums", type)],
    body: `
${slopeText(type)}
${twoArrays(type, threads)}
${entry(
  threads,
  `${begin}
  var a = ${type}(0);
  var b = ${type}(0);
${loop("a += dz; b += dz * n;")}
${tree({ deep, step: wide, slice: "slice", of: twoSums, both: add })}
  if (slice == 0u && channel < ${pitch}u) {
    let to = (row * ${chunks}u + chunk) * ${pitch}u + channel;
    sums[to] = a;
    sums[${batch * chunks * pitch}u + to] = b;
  }`,
)}`,
    groups: groupsOf(workgroups),
  };
  const apply: Dispatch = {
    variables: [...statistics(type, silu), output(0, "made", type), temporary(1, "totals")],
    body: `
${slopeText(type)}
${entry(
  threads,
  `${begin}
  let middle = totals[member] / ${f32(count)};
  let along = totals[${batch * groups}u + member] / ${f32(count)};
${loop("made[at] = inverse * (dz * weight - middle - n * along);")}`,
)}`,
    groups: groupsOf(workgroups),
  };
  const rows = batch * chunks;
  const [more, ...sums] = sumUp(sizes, rows, 2, chunks);
  return [[8 * rows * sizes.channels, 8 * batch * groups, ...more], find, ...sums, apply];
};

/**
 * dx, dgamma and dbeta of inputs dy (0), x (1), gamma (2), beta (3), mean (4) and inverse deviation (5). With
 * n = (x - mean) inverse, dz = dy through SiLU if there is one, g = dz gamma, and means over a group:
 * dx = inverse (g - mean(g) - n mean(g n)).
 */
export const groupNormGradient = (x: Shape, settings: GroupNormSettings): Shading => {
  const sizes = sizesOf(x, settings.groups);
  const perChannel = { shape: [sizes.channels], dtype: "float32" as const };
  const common = { outputs: [{ shape: x, dtype: "float32" as const }, perChannel, perChannel], tables: [] };
  if (shared(sizes) || sizes.width > 256) {
    const [temporaries, ...dispatches] = partedGradient(sizes, settings);
    return { ...common, temporaries, dispatches, inPlace: [[0, 0]] };
  }
  const [more, ...sums] = sumUp(sizes, sizes.batch, 1);
  return {
    ...common,
    temporaries: [8 * sizes.batch * sizes.channels, ...more],
    dispatches: [wholeGradient(sizes, settings), ...sums],
    inPlace: [[0, 0]],
  };
};
