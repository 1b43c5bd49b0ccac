import { address, int, least, takeTask } from "./layout";
import { exp4, madd, sigmoid4, siluSlope4, tanh4 } from "./vector";
import { erf } from "./erf";

/**
 * Programs that are applied to every place, block by block: each instruction is one loop over a block, which stays in
 * the first cache, so the memory is read and written once however long the program.
 *
 * A program: words 0 inputs, 1 instructions, 2 outputs, 3 places in all; then 16 words per input, 8 per instruction, 4 per
 * output. An input: 0 address, 1 kind, 2 axes, 3 + i lengths from the innermost on, 9 + i strides in numbers. An
 * instruction: 0 op, 1 target, 2-4 arguments (registers), 5-6 parameters. An output: 0 register, 1 address, 2 whether
 * its instruction writes to memory itself.
 */
const BLOCK: i32 = 256;
const BLOCK_BYTES: usize = 1024;
const INPUT: usize = 64;
const INSTRUCTION: usize = 32;
const OUTPUT: usize = 16;
/** Registers at most; the table of their addresses stands at the start of the scratch. */
const REGISTERS: usize = 64;

const FULL: i32 = 0;
const SCALAR: i32 = 1;

const enum Op {
  add, sub, mul, div, max, min, squaredDifference, pow,
  neg, square, sqrt, rsqrt, reciprocal, abs, sign, relu, step,
  exp, expm1, log, log1p, sigmoid, tanh, silu, softplus, erf, sin, cos,
  floor, ceil, round, clip, scale, shift, siluGrad, fma, choose, copy,
}

// @ts-ignore: decorator
@inline
function binary(op: i32, x: v128, y: v128): v128 {
  if (op == Op.add) return f32x4.add(x, y);
  if (op == Op.sub) return f32x4.sub(x, y);
  if (op == Op.mul) return f32x4.mul(x, y);
  if (op == Op.div) return f32x4.div(x, y);
  if (op == Op.max) return f32x4.max(x, y);
  if (op == Op.min) return f32x4.min(x, y);
  if (op == Op.squaredDifference) {
    const d = f32x4.sub(x, y);
    return f32x4.mul(d, d);
  }
  return f32x4.mul(x, siluSlope4(y));
}

// @ts-ignore: decorator
@inline
function unary(op: i32, x: v128): v128 {
  if (op == Op.neg) return f32x4.neg(x);
  if (op == Op.square) return f32x4.mul(x, x);
  if (op == Op.sqrt) return f32x4.sqrt(x);
  if (op == Op.rsqrt) return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  if (op == Op.reciprocal) return f32x4.div(f32x4.splat(1), x);
  if (op == Op.abs) return f32x4.abs(x);
  if (op == Op.relu) return f32x4.pmax(x, f32x4.splat(0));
  if (op == Op.exp) return exp4(x);
  if (op == Op.sigmoid) return sigmoid4(x);
  if (op == Op.tanh) return tanh4(x);
  if (op == Op.silu) return f32x4.mul(x, sigmoid4(x));
  if (op == Op.floor) return f32x4.floor(x);
  if (op == Op.ceil) return f32x4.ceil(x);
  if (op == Op.round) return f32x4.nearest(x);
  return x;
}

// @ts-ignore: decorator
@inline
function withParameter(op: i32, x: v128, p: v128, q: v128): v128 {
  if (op == Op.scale) return f32x4.mul(x, p);
  if (op == Op.shift) return f32x4.add(x, p);
  if (op == Op.clip) return f32x4.pmin(f32x4.pmax(x, p), q); // NaN stays NaN
  if (op == Op.step) {
    // 1 where positive, p·x where negative as tfjs has it, NaN where NaN
    const one = v128.and(f32x4.splat(1), f32x4.gt(x, f32x4.splat(0)));
    const rest = f32x4.mul(p, v128.andnot(f32x4.splat(1), f32x4.gt(x, f32x4.splat(0))));
    return v128.bitselect(f32x4.add(one, rest), x, f32x4.eq(x, x));
  }
  return x;
}

// @ts-ignore: decorator
@inline
function loop1(op: i32, to: usize, x: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, unary(op, v128.load(x + i)));
}

// @ts-ignore: decorator
@inline
function loop2(op: i32, to: usize, x: usize, y: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, binary(op, v128.load(x + i), v128.load(y + i)));
}

// @ts-ignore: decorator
@inline
function loopParameter(op: i32, to: usize, x: usize, p: f32, q: f32, bytes: usize): void {
  const a = f32x4.splat(p), b = f32x4.splat(q);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, withParameter(op, v128.load(x + i), a, b));
}

/** What has no vector form: in f64, number by number. */
function scalar(op: i32, x: f64, y: f64): f64 {
  switch (op) {
    case Op.pow: return NativeMath.pow(x, y);
    case Op.expm1: return NativeMath.expm1(x);
    case Op.log: return NativeMath.log(x);
    case Op.log1p: return NativeMath.log1p(x);
    case Op.softplus: return x > 30 ? x : NativeMath.log1p(NativeMath.exp(x));
    case Op.erf: return erf(x);
    case Op.sin: return NativeMath.sin(x);
    case Op.cos: return NativeMath.cos(x);
    default: return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : NaN;
  }
}

function loopScalar(op: i32, to: usize, x: usize, y: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 4)
    store<f32>(to + i, <f32>scalar(op, <f64>load<f32>(x + i), <f64>load<f32>(y + i)));
}

function run(op: i32, to: usize, x: usize, y: usize, z: usize, p: f32, q: f32, bytes: usize): void {
  switch (op) {
    case Op.add: loop2(Op.add, to, x, y, bytes); break;
    case Op.sub: loop2(Op.sub, to, x, y, bytes); break;
    case Op.mul: loop2(Op.mul, to, x, y, bytes); break;
    case Op.div: loop2(Op.div, to, x, y, bytes); break;
    case Op.max: loop2(Op.max, to, x, y, bytes); break;
    case Op.min: loop2(Op.min, to, x, y, bytes); break;
    case Op.squaredDifference: loop2(Op.squaredDifference, to, x, y, bytes); break;
    case Op.siluGrad: loop2(Op.siluGrad, to, x, y, bytes); break;
    case Op.neg: loop1(Op.neg, to, x, bytes); break;
    case Op.square: loop1(Op.square, to, x, bytes); break;
    case Op.sqrt: loop1(Op.sqrt, to, x, bytes); break;
    case Op.rsqrt: loop1(Op.rsqrt, to, x, bytes); break;
    case Op.reciprocal: loop1(Op.reciprocal, to, x, bytes); break;
    case Op.abs: loop1(Op.abs, to, x, bytes); break;
    case Op.relu: loop1(Op.relu, to, x, bytes); break;
    case Op.exp: loop1(Op.exp, to, x, bytes); break;
    case Op.sigmoid: loop1(Op.sigmoid, to, x, bytes); break;
    case Op.tanh: loop1(Op.tanh, to, x, bytes); break;
    case Op.silu: loop1(Op.silu, to, x, bytes); break;
    case Op.floor: loop1(Op.floor, to, x, bytes); break;
    case Op.ceil: loop1(Op.ceil, to, x, bytes); break;
    case Op.round: loop1(Op.round, to, x, bytes); break;
    case Op.copy: loop1(Op.copy, to, x, bytes); break;
    case Op.scale: loopParameter(Op.scale, to, x, p, q, bytes); break;
    case Op.shift: loopParameter(Op.shift, to, x, p, q, bytes); break;
    case Op.clip: loopParameter(Op.clip, to, x, p, q, bytes); break;
    case Op.step: loopParameter(Op.step, to, x, p, q, bytes); break;
    case Op.fma:
      for (let i: usize = 0; i < bytes; i += 16)
        v128.store(to + i, madd(v128.load(x + i), v128.load(y + i), v128.load(z + i)));
      break;
    case Op.choose:
      for (let i: usize = 0; i < bytes; i += 16) {
        const chosen = f32x4.ne(v128.load(x + i), f32x4.splat(0));
        v128.store(to + i, v128.bitselect(v128.load(y + i), v128.load(z + i), chosen));
      }
      break;
    default: loopScalar(op, to, x, y, bytes);
  }
}

function fillBlock(to: usize, value: f32, n: i32): void {
  const v = f32x4.splat(value);
  for (let i: usize = 0, bytes = (<usize>n) << 2; i < bytes; i += 16) v128.store(to + i, v);
}

/** Gathers n numbers of a broadcast input, from place `start` of the result on. */
function gatherBlock(input: usize, start: i32, n: i32, to: usize): void {
  const from = load<u32>(input);
  const axes = load<i32>(input + 8);
  const inner = load<i32>(input + 12), stride = load<i32>(input + 36);
  let done = 0;
  while (done < n) {
    const place = start + done;
    let rest = place / inner;
    const column = place - rest * inner;
    let at = column * stride;
    for (let axis = 1; axis < axes; axis++) {
      const length = load<i32>(input + 12 + ((<usize>axis) << 2));
      const up = rest / length;
      at += (rest - up * length) * load<i32>(input + 36 + ((<usize>axis) << 2));
      rest = up;
    }
    const count = least(inner - column, n - done);
    const source = from + ((<usize>at) << 2), target = to + ((<usize>done) << 2);
    const bytes = (<usize>count) << 2;
    if (stride == 0) {
      const value = load<f32>(source);
      for (let i: usize = 0; i < bytes; i += 4) store<f32>(target + i, value);
    } else if (stride == 1) {
      let i: usize = 0;
      for (; i + 16 <= bytes; i += 16) v128.store(target + i, v128.load(source + i));
      for (; i < bytes; i += 4) store<f32>(target + i, load<f32>(source + i));
    } else {
      for (let i: usize = 0; i < bytes; i += 4) store<f32>(target + i, load<f32>(source + i * (<usize>stride)));
    }
    done += count;
  }
}

/** Runs a program on places start .. start + count - 1. */
export function epilogue(program: usize, start: i32, count: i32, scratch: usize): void {
  const inputs = load<i32>(program), instructions = load<i32>(program + 4), outputs = load<i32>(program + 8);
  const total = load<i32>(program + 12);
  const table = scratch, blocks = scratch + REGISTERS * 4;
  const code = program + 16 + (<usize>inputs) * INPUT;
  const results = code + (<usize>instructions) * INSTRUCTION;
  for (let i = 0; i < inputs; i++) {
    const input = program + 16 + (<usize>i) * INPUT;
    if (load<i32>(input + 4) != SCALAR) continue;
    const block = blocks + (<usize>i) * BLOCK_BYTES;
    fillBlock(block, load<f32>(load<u32>(input)), BLOCK);
    store<u32>(table + ((<usize>i) << 2), <u32>block);
  }
  const end = start + count;
  for (let place = start; place < end; place += BLOCK) {
    const n = least(BLOCK, end - place);
    const bytes = (<usize>((n + 3) & ~3)) << 2;
    const whole = (n & 3) == 0 || (place + n == total && (place & 3) == 0); // beyond the end there is room for a vector
    for (let i = 0; i < inputs; i++) {
      const input = program + 16 + (<usize>i) * INPUT;
      const kind = load<i32>(input + 4);
      if (kind == SCALAR) continue;
      if (kind == FULL) {
        store<u32>(table + ((<usize>i) << 2), load<u32>(input) + (<u32>place << 2));
        continue;
      }
      const block = blocks + (<usize>i) * BLOCK_BYTES;
      gatherBlock(input, place, n, block);
      store<u32>(table + ((<usize>i) << 2), <u32>block);
    }
    for (let i = 0; i < instructions; i++) {
      const instruction = code + (<usize>i) * INSTRUCTION;
      const target = load<i32>(instruction + 4);
      let to = blocks + (<usize>target) * BLOCK_BYTES;
      const direct = load<u32>(instruction + 28);
      if (direct && whole) to = direct + ((<usize>place) << 2);
      run(
        load<i32>(instruction), to,
        load<u32>(table + ((<usize>load<i32>(instruction + 8)) << 2)),
        load<u32>(table + ((<usize>load<i32>(instruction + 12)) << 2)),
        load<u32>(table + ((<usize>load<i32>(instruction + 16)) << 2)),
        load<f32>(instruction + 20), load<f32>(instruction + 24), bytes,
      );
      store<u32>(table + ((<usize>target) << 2), <u32>to);
    }
    for (let i = 0; i < outputs; i++) {
      const output = results + (<usize>i) * OUTPUT;
      const from = load<u32>(table + ((<usize>load<i32>(output)) << 2));
      const to = load<u32>(output + 4) + (<u32>place << 2);
      if (from == to) continue;
      if (whole) loop1(Op.copy, to, from, bytes);
      else for (let j: usize = 0; j < (<usize>n) << 2; j += 4) store<f32>(to + j, load<f32>(from + j));
    }
  }
}

/** A program over a whole tensor. Words: 1 program, 2 places, 3 places of a task (a multiple of the block). */
export function elementwise(command: usize, scratch: usize): void {
  const program = address(command, 1);
  const total = int(command, 2), grain = int(command, 3);
  const tasks = (total + grain - 1) / grain;
  for (let task = takeTask(tasks); task < tasks; task = takeTask(tasks))
    epilogue(program, task * grain, least(grain, total - task * grain), scratch);
}
