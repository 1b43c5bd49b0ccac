import { classifierGradient, grad, hvp, ops, own, type Tensor, type Tree, treeMap } from "@nonmarkov/autodiff";
import { classifier, denoiserOf, pointCloudTensor } from "@nonmarkov/nets";
import { linear } from "@nonmarkov/schedule";
import { computed, type Computation, type ContractCase } from "../contractCase.ts";
import { integers, normals } from "../inputs.ts";
import { batchOf, type Subject, subjects } from "../nets.ts";
import { parametersOf } from "../parametersOf.ts";

type Given = readonly [params: Tree, ...batch: readonly Tensor[]];

/** A network's values and the gradient of a loss by its parameters and by x. */
const differentiated = (subject: Subject): Computation<Given> => {
  const { net } = subject;
  return {
    inputs: () => [parametersOf(net), ...batchOf(subject)],
    f: (params, x, t, labels) => {
      const loss = ([p, at]: readonly [Tree, Tensor]): Tensor =>
        own(() => {
          const made = net.apply(p, at, t!, labels);
          return ops.mean(ops.square(ops.sub(made, normals(made.shape, 9))));
        });
      return { values: net.apply(params, x!, t!, labels), gradient: grad(loss)([params, x!]) };
    },
  };
};

/** The loss's Hessian along a direction. */
const twice = (subject: Subject): Computation<Given> => {
  const { net } = subject;
  return {
    inputs: () => [parametersOf(net), ...batchOf(subject)],
    f: (params, x, t, labels) =>
      hvp(
        (p: Tree) => own(() => ops.mean(ops.square(net.apply(p, x!, t!, labels)))),
        params,
        treeMap((leaf) => normals(leaf.shape, leaf.size), params),
      ),
  };
};

/** What samplers call: a network recorded without a gradient. */
const denoising = (name: string, subject: Subject): ContractCase => {
  const { net } = subject;
  const of = (evaluate: (params: Tree, x: Tensor, labels?: Tensor) => Tensor) => (): Tensor =>
    own(() => {
      const [x, , labels] = batchOf(subject);
      return evaluate(parametersOf(net), x!, labels);
    });
  return {
    area: "nets",
    name: `${name} as a denoiser`,
    bound: 1e-4,
    ways: {
      "kernel by kernel": of((params, x, labels) => net.apply(params, x, ops.fill([1], 17), labels)),
      recorded: of((params, x, labels) => denoiserOf(net, params, labels)(x, 17)),
    },
  };
};

const small = classifier({ height: 6, width: 10, channels: 3, classes: 5, widths: [6, 10], hidden: 7, groups: 2 });

/** Logits and features, the gradient of the logits, and what guides samples to a class. */
const classifying: Computation<Given> = {
  inputs: () => [parametersOf(small), normals([3, 6, 10, 3]), integers([3], 5)],
  f: (params, x, labels) => {
    const logits = (p: Tree, at: Tensor): Tensor => small.logits(p as never, at);
    return {
      ...{ logits: logits(params, x!), features: small.features(params as never, x!) },
      gradient: grad((p: Tree) => own(() => ops.sum(ops.square(logits(p, x!)))))(params),
      guidance: classifierGradient((at) => logits(params, at), labels!)(x!, 1),
    };
  },
};

const { alphaBar } = linear();

/** The exact denoiser of a set of points, as two products. */
const exact: Computation = {
  inputs: () => [normals([70, 3, 5]), normals([133, 3, 5], 1)],
  f: (points, x) => [100, 900].map((t) => pointCloudTensor(points!, alphaBar)(x!, t)),
};

/** All networks: values, gradients, and as samplers call them. */
export const netCases: readonly ContractCase[] = [
  ...Object.entries(subjects).map(([name, subject]) =>
    computed("nets", `${name} and its gradient`, 1e-4, differentiated(subject)),
  ),
  computed("nets", "an MLP's gradient and the gradient of that", 1e-4, twice(subjects["an MLP"])),
  denoising("an MLP", subjects["an MLP"]),
  denoising("a U-Net", subjects["a U-Net"]),
  computed("nets", "a classifier", 1e-4, classifying),
  computed("nets", "the exact denoiser of points", 1e-4, exact),
];
