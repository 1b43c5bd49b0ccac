import type { AnyNumbers } from "./numbers.ts";

type Inputs = { readonly q: AnyNumbers; readonly k: AnyNumbers; readonly v: AnyNumbers; readonly scale: number };

/** Weights of each query, logarithms of their sums, and results, in float64. */
export const attention = ({ q, k, v, scale }: Inputs) => {
  const [batch, n, d] = q.shape as [number, number, number];
  const [m, e] = [k.shape[1]!, v.shape[2]!];
  const weights = new Float64Array(batch * n * m);
  const logs = new Float64Array(batch * n);
  const out = new Float64Array(batch * n * e);
  for (let row = 0; row < batch * n; row++) {
    const b = Math.floor(row / n);
    const scores = Array.from({ length: m }, (_, j) => {
      let sum = 0;
      for (let l = 0; l < d; l++) sum += q.data[row * d + l]! * k.data[(b * m + j) * d + l]!;
      return scale * sum;
    });
    const top = scores.reduce((a, s) => Math.max(a, s), -Infinity);
    const total = scores.reduce((sum, s) => sum + Math.exp(s - top), 0);
    logs[row] = top + Math.log(total);
    scores.forEach((s, j) => {
      const p = Math.exp(s - top) / total;
      weights[row * m + j] = p;
      for (let c = 0; c < e; c++) out[row * e + c]! += p * v.data[(b * m + j) * e + c]!;
    });
  }
  return { weights, logs, out };
};

/** dq, dk and dv in float64. */
export const attentionGradient = (dout: AnyNumbers, inputs: Inputs) => {
  const { q, k, v, scale } = inputs;
  const [batch, n, d] = q.shape as [number, number, number];
  const [m, e] = [k.shape[1]!, v.shape[2]!];
  const { weights, out } = attention(inputs);
  const dq = new Float64Array(batch * n * d);
  const dk = new Float64Array(batch * m * d);
  const dv = new Float64Array(batch * m * e);
  for (let row = 0; row < batch * n; row++) {
    const b = Math.floor(row / n);
    let delta = 0;
    for (let c = 0; c < e; c++) delta += dout.data[row * e + c]! * out[row * e + c]!;
    for (let j = 0; j < m; j++) {
      const key = b * m + j;
      const p = weights[row * m + j]!;
      let dp = 0;
      for (let c = 0; c < e; c++) {
        dp += dout.data[row * e + c]! * v.data[key * e + c]!;
        dv[key * e + c]! += p * dout.data[row * e + c]!;
      }
      const ds = scale * p * (dp - delta);
      for (let l = 0; l < d; l++) {
        dq[row * d + l]! += ds * k.data[key * d + l]!;
        dk[key * d + l]! += ds * q.data[row * d + l]!;
      }
    }
  }
  return { dq, dk, dv };
};
