import { ops, type Tensor } from "@nonmarkov/autodiff";

/** Numbers in float64 by their place in [batch, height, width, channels], computed as slowly and as plainly as can be. */
export type Pixels = {
  readonly shape: readonly [number, number, number, number];
  readonly at: (b: number, y: number, x: number, c: number) => number;
};

/** Evaluates once, and keeps. */
const kept = (shape: Pixels["shape"], at: Pixels["at"]): Pixels => {
  const [batch, height, width, channels] = shape;
  const data: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) data.push(at(b, y, x, c));
  return { shape, at: (b, y, x, c) => data[((b * height + y) * width + x) * channels + c]! };
};

export const pixelsOf = (tensor: Tensor): Pixels => {
  const [batch, height, width, channels] = tensor.shape as [number, number, number, number];
  const data = tensor.dataSync();
  return kept([batch, height, width, channels], (b, y, x, c) => data[((b * height + y) * width + x) * channels + c]!);
};

export const tensorOf = ({ shape: [batch, height, width, channels], at }: Pixels): Tensor => {
  const data: number[] = [];
  kept([batch, height, width, channels], (b, y, x, c) => data[data.push(at(b, y, x, c)) - 1]!);
  return ops.tensor(data, [batch, height, width, channels], "float32");
};

export const map = (p: Pixels, f: (v: number, b: number, c: number) => number): Pixels =>
  kept(p.shape, (b, y, x, c) => f(p.at(b, y, x, c), b, c));

export const add = (p: Pixels, q: Pixels): Pixels => kept(p.shape, (b, y, x, c) => p.at(b, y, x, c) + q.at(b, y, x, c));

export const silu = (v: number): number => v / (1 + Math.exp(-v));

/** With `before` zeros above and on the left, and as many as needed below and on the right. */
export const conv = (p: Pixels, weight: Tensor, bias: Tensor, stride = 1, before = 1): Pixels => {
  const [size, , inputs, outputs] = weight.shape as [number, number, number, number];
  const [w, b] = [weight.dataSync(), bias.dataSync()];
  const [batch, height, width] = p.shape;
  return kept([batch, height / stride, width / stride, outputs], (n, y, x, c) => {
    let sum = b[c]!;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) {
        const [v, u] = [y * stride + i - before, x * stride + j - before];
        if (v < 0 || u < 0 || v >= height || u >= width) continue;
        for (let k = 0; k < inputs; k++) sum += p.at(n, v, u, k) * w[((i * size + j) * inputs + k) * outputs + c]!;
      }
    return sum;
  });
};

export const groupNorm = (p: Pixels, weight: Tensor, bias: Tensor, groups: number, eps: number): Pixels => {
  const [batch, height, width, channels] = p.shape;
  const [w, b, size] = [weight.dataSync(), bias.dataSync(), channels / groups];
  const moments = Array.from({ length: batch }, (_, n) =>
    Array.from({ length: groups }, (_, g) => {
      const values: number[] = [];
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) for (let k = 0; k < size; k++) values.push(p.at(n, y, x, g * size + k));
      const mean = values.reduce((s, v) => s + v, 0) / values.length;
      return { mean, variance: values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length };
    }),
  );
  return map(p, (v, n, c) => {
    const { mean, variance } = moments[n]![Math.floor(c / size)]!;
    return ((v - mean) / Math.sqrt(variance + eps)) * w[c]! + b[c]!;
  });
};

/** rows · weight + bias, for rows [n][inputs]. */
export const linear = (rows: readonly (readonly number[])[], weight: Tensor, bias: Tensor): number[][] => {
  const [inputs, outputs] = weight.shape as [number, number];
  const [w, b] = [weight.dataSync(), bias.dataSync()];
  return rows.map((row) =>
    Array.from({ length: outputs }, (_, c) => {
      let sum = b[c]!;
      for (let k = 0; k < inputs; k++) sum += row[k]! * w[k * outputs + c]!;
      return sum;
    }),
  );
};

/** Means of 2 x 2 pixels. */
export const halve = (p: Pixels): Pixels => {
  const [batch, height, width, channels] = p.shape;
  const four = [0, 1].flatMap((i) => [0, 1].map((j) => [i, j] as const));
  return kept([batch, height / 2, width / 2, channels], (b, y, x, c) =>
    four.reduce((sum, [i, j]) => sum + p.at(b, 2 * y + i, 2 * x + j, c) / 4, 0),
  );
};

/** Every pixel four times. */
export const double = (p: Pixels): Pixels => {
  const [batch, height, width, channels] = p.shape;
  return kept([batch, height * 2, width * 2, channels], (b, y, x, c) => p.at(b, y >> 1, x >> 1, c));
};

/** Softmax attention of every pixel to all of its image, head by head. */
export const attend = (q: Pixels, k: Pixels, v: Pixels, heads: number): Pixels => {
  const [, height, width, channels] = q.shape;
  const size = channels / heads;
  const places = Array.from({ length: height * width }, (_, i) => [Math.floor(i / width), i % width] as const);
  return kept(q.shape, (b, y, x, c) => {
    const first = Math.floor(c / size) * size;
    const scores = places.map(([v_, u]) => {
      let dot = 0;
      for (let i = first; i < first + size; i++) dot += q.at(b, y, x, i) * k.at(b, v_, u, i);
      return Math.exp(dot / Math.sqrt(size));
    });
    const total = scores.reduce((s, e) => s + e, 0);
    return places.reduce((sum, [v_, u], i) => sum + (scores[i]! / total) * v.at(b, v_, u, c), 0);
  });
};
