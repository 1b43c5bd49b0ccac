import type { Shape } from "../graph/graph.ts";
import { scratchBytes } from "../machine/machine.ts";
import { panelBytes } from "./gemm.ts";
import { type Command, type Lowering, float, input, opcodes, output, temporary } from "./lowering.ts";

/** Packs [batch, k, n] (or [batch, n, k] transposed) from an input to a temporary. */
const pack = (from: number, to: number, batch: number, k: number, n: number, transposed: boolean): Command => ({
  opcode: opcodes.pack,
  words: [input(from), temporary(to), batch, k, n, transposed ? 1 : 0, 4 * (transposed ? k : n), 4 * k * n],
});

/** Rows of scores that a task has at a time, in `rows` matrices of this width. */
const together = (length: number, width: number, depth: number, matrices: number): number | undefined => {
  const fits = Math.floor((scratchBytes - 8192) / (4 * (matrices * (width + 4) + Math.max(width, depth)))) & ~3;
  if (fits < 4) return undefined;
  const cached = Math.max(4, Math.floor((256 * 1024) / (4 * width * matrices)) & ~3);
  return Math.min(fits, cached, 64, Math.max(4, Math.ceil(length / 4) * 4));
};

/** softmax(scale q k^T) v and the logarithms of the sums, of inputs q [batch, n, d], k [batch, m, d], v [batch, m, e]. */
export const attention = (q: Shape, k: Shape, v: Shape, scale: number): Lowering | undefined => {
  const [batch, n, d] = q as [number, number, number];
  const [m, e] = [k[1]!, v[2]!];
  const many = together(n, m, Math.max(d, e), 1);
  if (many === undefined) return undefined;
  return {
    outputs: [
      { shape: [batch, n, e], dtype: "float32" },
      { shape: [batch, n], dtype: "float32" },
    ],
    temporaries: [batch * panelBytes(d, m), batch * panelBytes(m, e)],
    blocks: [],
    commands: [
      pack(1, 0, batch, d, m, true),
      pack(2, 1, batch, m, e, false),
      {
        opcode: opcodes.attention,
        words: [input(0), temporary(0), temporary(1), output(0), output(1), batch, n, m, d, float(scale), many, e],
      },
    ],
  };
};

/** dq, dk and dv, of inputs dout (0), q (1), k (2), v (3), out (4) and the logarithms (5). */
export const attentionGradient = (q: Shape, k: Shape, v: Shape, scale: number): Lowering | undefined => {
  const [batch, n, d] = q as [number, number, number];
  const [m, e] = [k[1]!, v[2]!];
  const [queries, keys] = [together(n, m, Math.max(d, e), 2), together(m, n, Math.max(d, e), 2)];
  if (queries === undefined || keys === undefined) return undefined;
  return {
    outputs: [q, k, v].map((shape) => ({ shape, dtype: "float32" as const })),
    temporaries: [
      ...[panelBytes(d, m), panelBytes(e, m), panelBytes(m, d)].map((bytes) => batch * bytes),
      ...[panelBytes(d, n), panelBytes(e, n), panelBytes(n, d), panelBytes(n, e)].map((bytes) => batch * bytes),
      4 * batch * n,
    ],
    blocks: [],
    commands: [
      pack(2, 0, batch, d, m, true),
      pack(3, 1, batch, e, m, true),
      pack(2, 2, batch, m, d, false),
      pack(1, 3, batch, d, n, true),
      pack(0, 4, batch, e, n, true),
      pack(1, 5, batch, n, d, false),
      pack(0, 6, batch, n, e, false),
      {
        opcode: opcodes.attentionQueries,
        words: [
          ...[
            input(0),
            input(1),
            input(4),
            input(5),
            temporary(0),
            temporary(1),
            temporary(2),
            output(0),
            temporary(7),
          ],
          ...[batch, n, m, d, e, float(scale), queries],
        ],
      },
      {
        opcode: opcodes.attentionKeys,
        words: [
          ...[input(2), input(3), input(5), temporary(7), temporary(3), temporary(4), temporary(5), temporary(6)],
          ...[output(1), output(2), batch, n, m, d, e, float(scale), keys],
        ],
      },
    ],
  };
};
