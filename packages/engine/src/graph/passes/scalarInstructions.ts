import type { ElementOp, Instruction } from "../elementwise.ts";

/** A power of two whose inverse is a normal float32: dividing by it is multiplying by its inverse, bit for bit. */
const dividesExactly = (c: number): boolean => {
  const exponent = Math.log2(Math.abs(c));
  return Number.isInteger(exponent) && Math.abs(exponent) <= 126 && 2 ** exponent === Math.abs(c);
};

/**
 * A function of two numbers where one is known, as instructions on the other, register 0 (inputs: 1); bit for bit the same
 * result. Undefined where there is none.
 * @param c the known number
 * @param first true if c is the first argument
 */
export const scalarInstructions = (op: ElementOp, c: number, first: boolean): readonly Instruction[] | undefined => {
  const one = (op: ElementOp, params?: number): Instruction[] => [
    { op, args: [0], ...(params !== undefined && { params: [params] }) },
  ];
  switch (op) {
    case "mul":
      return one("scale", c);
    case "add":
      return one("shift", c);
    case "sub":
      return first
        ? [
            { op: "neg", args: [0] },
            { op: "shift", args: [1], params: [c] },
          ]
        : one("shift", -c);
    case "div":
      if (first) return c === 1 ? one("reciprocal") : undefined;
      return dividesExactly(c) ? one("scale", 1 / c) : undefined;
    default:
      return undefined;
  }
};
