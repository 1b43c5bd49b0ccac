/** Functions of one to three float32 numbers that are applied place by place. */
export type ElementOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "squaredDifference"
  | "pow"
  | "neg"
  | "square"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "abs"
  | "sign"
  | "relu"
  | "step"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sigmoid"
  | "tanh"
  | "silu"
  | "softplus"
  | "erf"
  | "sin"
  | "cos"
  | "floor"
  | "ceil"
  | "round"
  | "clip"
  | "scale"
  | "shift"
  | "siluGrad"
  | "fma"
  | "choose";

/**
 * One instruction. `args` are registers. clip has params [low, high]; scale is x·params[0], shift x + params[0], step's
 * params[0] is its value at negative x. siluGrad(dy, x) is dy·silu'(x). fma(a, b, c) is a·b + c. choose(c, a, b) is a
 * where c is not 0, else b.
 */
export type Instruction = {
  /** What is computed. */
  readonly op: ElementOp;
  /** Registers: first the program's inputs, then one per instruction before this one. */
  readonly args: readonly number[];
  /** Numbers fixed when the program is made. */
  readonly params?: readonly number[];
};

/**
 * A straight-line program applied to every place of its outputs, which all have one shape; inputs broadcast to it.
 * Register i < inputs is input i, register inputs + j is the result of instruction j.
 */
export type ElementProgram = {
  /** How many inputs. */
  readonly inputs: number;
  /** In the order in which they run. */
  readonly instructions: readonly Instruction[];
  /** The registers that are written out, one per output. */
  readonly outputs: readonly number[];
};
