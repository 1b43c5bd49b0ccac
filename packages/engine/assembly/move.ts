import { address, float, int, least, takeTask } from "./layout";
import { storeTransposed } from "./vector";

/**
 * Copies numbers of 32 bits from one strided place to another: transposes, slices, padding, concatenation, repetition,
 * reversal. Words: 1 from, 2 to, 3 axes (at most 6), 4 + i lengths from the innermost on, 10 + i strides of the source,
 * 16 + i of the target, 22 runs (products of all lengths but the innermost) of a task.
 */
export function move(command: usize): void {
  const from = address(command, 1), to = address(command, 2), axes = int(command, 3);
  const inner = int(command, 4), step = int(command, 10), stride = int(command, 16), many = int(command, 22);
  let runs = 1;
  for (let axis = 1; axis < axes; axis++) runs *= int(command, 4 + axis);
  for (let shares = (runs + many - 1) / many, task = takeTask(shares); task < shares; task = takeTask(shares)) {
    for (let run = task * many, end = least(runs, run + many); run < end; run++) {
      let rest = run, source = 0, target = 0;
      for (let axis = 1; axis < axes; axis++) {
        const length = int(command, 4 + axis);
        const up = rest / length, i = rest - up * length;
        source += i * int(command, 10 + axis);
        target += i * int(command, 16 + axis);
        rest = up;
      }
      const s = from + ((<usize>source) << 2), t = to + ((<usize>target) << 2);
      const bytes = (<usize>inner) << 2;
      if (stride == 1 && step == 1) {
        let i: usize = 0;
        for (; i + 16 <= bytes; i += 16) v128.store(t + i, v128.load(s + i));
        for (; i < bytes; i += 4) store<i32>(t + i, load<i32>(s + i));
      } else for (let i = 0; i < inner; i++) store<i32>(t + ((<usize>(i * stride)) << 2), load<i32>(s + ((<usize>(i * step)) << 2)));
    }
  }
}

/**
 * Transposes the last two axes of [batch, rows, columns], in blocks of 4 x 4. Words: 1 from, 2 to, 3 batch, 4 rows,
 * 5 columns, 6 rows of a task (a multiple of 4).
 */
export function transpose(command: usize): void {
  const from = address(command, 1), to = address(command, 2);
  const batch = int(command, 3), rows = int(command, 4), columns = int(command, 5), many = int(command, 6);
  const blocks = (rows + many - 1) / many;
  const pitch = (<usize>columns) << 2, back = (<usize>rows) << 2;
  for (let task = takeTask(batch * blocks); task < batch * blocks; task = takeTask(batch * blocks)) {
    const matrix = ((<usize>(task / blocks)) * (<usize>rows) * (<usize>columns)) << 2;
    const first = (task % blocks) * many, last = least(rows, first + many);
    for (let j = 0; j < columns; j += 4) {
      for (let i = first; i < last; i += 4) {
        const s = from + matrix + (<usize>i) * pitch + ((<usize>j) << 2);
        const t = to + matrix + (<usize>j) * back + ((<usize>i) << 2);
        if (i + 4 <= last && j + 4 <= columns) {
          const r0 = v128.load(s), r1 = v128.load(s + pitch), r2 = v128.load(s + 2 * pitch), r3 = v128.load(s + 3 * pitch);
          storeTransposed(r0, r1, r2, r3, t, back);
          continue;
        }
        for (let y = 0; y < least(4, last - i); y++)
          for (let x = 0; x < least(4, columns - j); x++)
            store<i32>(t + (<usize>x) * back + ((<usize>y) << 2), load<i32>(s + (<usize>y) * pitch + ((<usize>x) << 2)));
      }
    }
  }
}

/** Fills with one number of 32 bits. Words: 1 to, 2 how many, 3 the number, 4 numbers of a task (a multiple of 4). */
export function fill(command: usize): void {
  const to = address(command, 1), count = int(command, 2), grain = int(command, 4);
  const value = i32x4.splat(int(command, 3));
  for (let shares = (count + grain - 1) / grain, task = takeTask(shares); task < shares; task = takeTask(shares)) {
    let at = to + ((<usize>(task * grain)) << 2);
    const end = to + ((<usize>least(count, (task + 1) * grain)) << 2);
    for (; at + 16 <= end; at += 16) v128.store(at, value);
    for (; at < end; at += 4) store<i32>(at, int(command, 3));
  }
}

/**
 * Means over disjoint or overlapping windows that lie in the image. Words: 1 x, 2 y, 3 batch, 4-5 rows and columns of x,
 * 6-7 of y, 8 channels, 9-10 window, 11-12 strides, 13 whether sums, scaled by 14, or maxima (1).
 */
export function pool(command: usize): void {
  const x = address(command, 1), y = address(command, 2);
  const batch = int(command, 3), h = int(command, 4), w = int(command, 5), oh = int(command, 6), ow = int(command, 7), channels = int(command, 8);
  const windowY = int(command, 9), windowX = int(command, 10), strideY = int(command, 11), strideX = int(command, 12);
  const maximum = int(command, 13), scale = float(command, 14);
  const pixel = (<usize>channels) << 2;
  for (let task = takeTask(batch * oh); task < batch * oh; task = takeTask(batch * oh)) {
    const b = task / oh, oy = task % oh;
    for (let ox = 0; ox < ow; ox++) {
      const to = y + (<usize>(task * ow + ox)) * pixel;
      const corner = x + (<usize>((b * h + oy * strideY) * w + ox * strideX)) * pixel;
      let c: usize = 0;
      for (; c + 16 <= pixel; c += 16) {
        let v = f32x4.splat(maximum ? -Infinity : 0);
        for (let i = 0; i < windowY; i++)
          for (let j = 0; j < windowX; j++) {
            const value = v128.load(corner + (<usize>(i * w + j)) * pixel + c);
            v = maximum ? f32x4.max(v, value) : f32x4.add(v, value);
          }
        v128.store(to + c, maximum ? v : f32x4.mul(v, f32x4.splat(scale)));
      }
      for (; c < pixel; c += 4) {
        let v: f32 = maximum ? -Infinity : 0;
        for (let i = 0; i < windowY; i++)
          for (let j = 0; j < windowX; j++) {
            const value = load<f32>(corner + (<usize>(i * w + j)) * pixel + c);
            v = maximum ? max<f32>(v, value) : v + value;
          }
        store<f32>(to + c, maximum ? v : v * scale);
      }
    }
  }
}
