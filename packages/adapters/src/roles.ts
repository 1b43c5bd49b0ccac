import { describeInputs, type ModelInput } from "./modelInput.ts";

/** Names of a model's inputs; what is left out is found by shape. */
export type InputNames = {
  /** The state x. */
  readonly x?: string;
  /** The time. */
  readonly t?: string;
  /** The classes, where the model has them. */
  readonly labels?: string;
};

/** Which input is what. */
export type Roles = {
  readonly x: ModelInput;
  readonly t: ModelInput;
  readonly labels: ModelInput | undefined;
};

/** One number, or one for each row: [], [n], [n, 1], [n, 1, 1, 1]. */
const isPerRow = ({ shape }: ModelInput): boolean => shape !== undefined && shape.slice(1).every((n) => n === 1);

const named = (where: string, role: string, name: string, inputs: readonly ModelInput[]): ModelInput => {
  const found = inputs.find((input) => input.name === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `${where}: inputs.${role} must name an input of the model, got "${name}"; it has ${describeInputs(inputs)}`,
  );
};

/** The only one, or an error that lists what there is. */
const only = (
  where: string,
  role: string,
  candidates: readonly ModelInput[],
  inputs: readonly ModelInput[],
): ModelInput => {
  if (candidates.length === 1) return candidates[0]!;
  throw new RangeError(
    `${where}: which input is ${role} cannot be told from the shapes; name it as inputs.${role}: the model has ` +
      (inputs.length === 0 ? "no inputs" : describeInputs(inputs)),
  );
};

/**
 * Finds out which of a model's inputs is x, t and the labels: those named, else by shape. The time has one number per row,
 * x more than one.
 * @throws RangeError, listing the inputs, where a name is not one of them, one has no role, or shapes do not tell
 */
export const rolesOf = (where: string, inputs: readonly ModelInput[], names: InputNames, hasLabels: boolean): Roles => {
  const byName = (role: keyof InputNames): ModelInput | undefined =>
    names[role] === undefined ? undefined : named(where, role, names[role], inputs);
  const labels = byName("labels");
  if (hasLabels && labels === undefined)
    throw new RangeError(
      `${where}: labels need the name of their input, inputs.labels; the model has ${describeInputs(inputs)}`,
    );
  if (!hasLabels && labels !== undefined)
    throw new RangeError(`${where}: inputs.labels is "${labels.name}" but there are no labels; give both or neither`);
  const free = (...taken: readonly (ModelInput | undefined)[]): readonly ModelInput[] =>
    inputs.filter((input) => !taken.includes(input));
  const given = byName("x");
  const rest = free(labels, given);
  const t = byName("t") ?? only(where, "t", given === undefined ? rest.filter(isPerRow) : rest, inputs);
  const x = given ?? only(where, "x", free(labels, t), inputs);
  const idle = free(x, t, labels);
  if (x === t || idle.length > 0)
    throw new RangeError(
      `${where}: every input of the model must have one role, x is "${x.name}", t is "${t.name}"; the model has ${describeInputs(inputs)}`,
    );
  return { x, t, labels };
};
