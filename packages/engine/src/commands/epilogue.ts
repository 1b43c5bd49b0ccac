import type { ElementProgram } from "../graph/elementwise.ts";
import type { Shape } from "../graph/graph.ts";
import { type Place, type Word, input, output } from "./lowering.ts";
import { programBlock } from "./elementwise.ts";

/** What is done to a kernel's result while it is in the cache. Its input 0 is the result, the others follow the kernel's own. */
export type Epilogue = {
  /** The program, with one output. */
  readonly program: ElementProgram;
  /** Shapes of the inputs after the result. */
  readonly shapes: readonly Shape[];
};

/** The block of an epilogue of output 0; none is an empty list. Undefined if the machine cannot run it. */
export const epilogueBlocks = (
  epilogue: Epilogue | undefined,
  shape: Shape,
  ownInputs: number,
): readonly (readonly Word[])[] | undefined => {
  if (epilogue === undefined) return [];
  const result: Place = output(0);
  const inputs = epilogue.shapes.map((from, i) => [input(ownInputs + i), from] as const);
  const words = programBlock(epilogue.program, shape, [[result, shape], ...inputs], [result]);
  return words === undefined ? undefined : [words];
};
