import { type Lowering, block, opcodes, output } from "./lowering.ts";

/** Rows of standard normal noise, each from its own key (two words), as `fillNormal` of @nonmarkov/random. */
export const noise = (shape: readonly number[], keys: readonly number[]): Lowering | undefined => {
  const rows = keys.length / 2;
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  if (rows * width === 0) return undefined;
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: [],
    blocks: [keys.map((word) => word | 0)],
    commands: [{ opcode: opcodes.noise, words: [output(0), rows, width, block(0)] }],
  };
};
