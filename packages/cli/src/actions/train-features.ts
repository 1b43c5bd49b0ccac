import { ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { fromFloat32 } from "@nonmarkov/checkpoint";
import { saveModel } from "@nonmarkov/checkpoint/node";
import { batchAt, type Dataset, randomShifts } from "@nonmarkov/data";
import { jit } from "@nonmarkov/engine";
import { classifier, type Classifier, type ClassifierTree } from "@nonmarkov/nets";
import { key, split } from "@nonmarkov/random";
import {
  adamw,
  chain,
  clipByGlobalNorm,
  cosineRate,
  crossEntropyLoss,
  disposeState,
  ema,
  fit,
  initialState,
  treeToArrays,
  warmup,
} from "@nonmarkov/train";
import { basename, resolve } from "node:path";
import type { ClassifierAbout, ClassifierModelConfig } from "../classifier-config.ts";
import type { TrainFeaturesOptions } from "../commands/train-features.ts";
import { fingerprintOf } from "../data-fingerprint.ts";
import { openParts } from "../dataset.ts";
import { duration } from "../duration.ts";
import { Interrupted, UsageError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { backendTitle, machineName } from "../machine.ts";
import type { Output } from "../output.ts";
import { progress } from "../progress.ts";
import { lossChart, type LossPoint } from "../report/loss-chart.ts";
import { modelCard } from "../report/model-card.ts";
import { standaloneSvg } from "../report/standalone-svg.ts";
import { lastLoss } from "../run-summary.ts";
import { startBackend } from "../start-backend.ts";
import { usage } from "../usage.ts";
import { refuseExisting } from "../write-result.ts";

type Params = ClassifierTree<Tensor>;

const configFor = ({ shape, classes, name }: Dataset, hidden: number): ClassifierModelConfig => {
  if (shape.length !== 3 || classes < 2)
    throw new UsageError(`--data: a classifier needs images with labels, ${name} has none; take mnist or cifar10`);
  const [height, width, channels] = shape as [number, number, number];
  return { kind: "classifier", height, width, channels, classes, widths: [16, 32, 64, 64], hidden, groups: 8 };
};

/** The part of the images whose class comes out right. */
const accuracyOf = async (net: Classifier<Params>, params: Params, data: Dataset): Promise<number> => {
  const size = 100;
  const evaluate = jit((x: Tensor) => net.logits(params, x));
  let right = 0;
  for (let first = 0; first < data.size; first += size) {
    const indices = Array.from({ length: Math.min(size, data.size - first) }, (_, i) => first + i);
    const { x, labels } = data.rows(indices, key(0));
    const answers = own(() => ops.argMax(evaluate(ops.tensor(x, [indices.length, ...data.shape])), 1));
    (await answers.data()).forEach((answer, i) => (right += Number(answer === labels[i])));
    answers.dispose();
  }
  return right / data.size;
};

/** Trains for as many steps as asked for, with a progress bar; the parameters (moving average) belong to the caller. */
const fitted = async (
  net: Classifier<Params>,
  config: ClassifierModelConfig,
  data: Dataset,
  { steps, batch, lr, smoothing, ema: decay, seed }: TrainFeaturesOptions,
  out: Output,
) => {
  const [weights, course] = split(key(seed), 2);
  const optimizer = chain(clipByGlobalNorm(1), adamw({ rate: warmup(100, cosineRate({ from: lr, steps })) }));
  const training = {
    loss: crossEntropyLoss<Params>({ logits: net.logits, shape: data.shape, classes: config.classes, smoothing }),
    optimizer,
    emaDecay: ema({ decay }),
  };
  const params = net.init(weights!);
  let state = initialState(training, params, course!);
  treeDispose(params);
  const losses: LossPoint[] = [];
  const interrupt = onInterrupt((signal) => out.note(`${signal}: stopping`));
  const bar = progress(out, "train");
  try {
    for await (const event of fit(training, {
      state,
      batch: (k, step) => batchAt(data, k, step, batch),
      until: steps,
      signal: interrupt.signal,
    })) {
      state = event.state;
      losses.push({ step: event.step, loss: event.loss });
      bar.update(event.step / steps, `step ${event.step}/${steps}  loss ${event.loss.toFixed(4)}`);
    }
    const signal = interrupt.came();
    if (signal !== undefined) throw new Interrupted(signal, "stopped; nothing was written");
    return { state, losses };
  } catch (error) {
    disposeState(state);
    throw error;
  } finally {
    bar.stop();
    interrupt.release();
  }
};

/** `nonmarkov train-features`. */
export const trainFeatures = async (options: TrainFeaturesOptions, out: Output): Promise<void> => {
  refuseExisting(options.out, options.force);
  const { steps, batch, lr, shifts, smoothing, seed, holdOut, pad: padTo } = options;
  const parts = await openParts({ ...options.data, holdOut, ...(padTo === undefined ? {} : { pad: padTo }) }, out);
  const heldOut = parts.heldOut!;
  const config = configFor(parts.train, options.hidden);
  const { kind: _, ...numbers } = config;
  const net = usage(() => classifier(numbers));
  const shifted = usage(() => randomShifts(parts.train, shifts));
  const started = await startBackend(options, out.note);
  const begun = performance.now();
  const { state, losses } = await fitted(net, config, shifted, options, out);
  try {
    const seconds = (performance.now() - begun) / 1000;
    const accuracy = await accuracyOf(net, state.ema, heldOut);
    const entries = await treeToArrays(state.ema);
    const about: ClassifierAbout = {
      weights: "ema",
      step: steps,
      loss: lastLoss(losses),
      data: fingerprintOf(parts.train),
      sessions: [{ from: 0, to: steps, seconds, machine: machineName(), backend: backendTitle(started) }],
      training: {
        steps,
        batch,
        lr,
        shifts,
        smoothing,
        ema: options.ema,
        holdOut,
        seed,
        ...(padTo === undefined ? {} : { pad: padTo }),
      },
      heldOut: { data: fingerprintOf(heldOut), accuracy },
    };
    const parameters = entries.reduce((sum, [, { data }]) => sum + data.length, 0);
    const right = `${(100 * accuracy).toFixed(2)} % of ${heldOut.size.toLocaleString("en")} images held out`;
    const card = modelCard({
      title: basename(resolve(options.out)),
      purpose:
        "A classifier. Its last convolutional layer, averaged over the picture, is the space in which `nonmarkov reproduce` measures Frechet distance and KID.",
      facts: [
        ["network", `convolutional classifier, ${parameters.toLocaleString("en")} parameters, f32`],
        ["configuration", `\`${JSON.stringify(numbers)}\``],
        ["accuracy", right],
        ["optimisation", `\`${JSON.stringify(about.training)}\``],
        ["key", String(seed)],
      ],
      about,
      commands: [commandLine(options)],
      pictures: [{ file: "loss.svg", caption: "The loss of single batches, and their moving mean" }],
    });
    await saveModel(
      options.out,
      {
        config,
        about,
        tensors: entries.map(([name, { data, shape }]) => [name, fromFloat32(data, shape)]),
        files: { "README.md": card, "loss.svg": standaloneSvg(lossChart(losses)) },
      },
      { overwrite: options.force ?? false },
    );
    out.say(`${options.out}: ${right}, ${duration(seconds)}`);
    out.result({ out: options.out, parameters, accuracy, seconds });
  } finally {
    disposeState(state);
  }
};

/** The command line that makes the network again; the folder of the data is called DIR. */
const commandLine = (options: TrainFeaturesOptions): string => {
  const { data, out, pad: padTo, holdOut, steps, batch, lr, shifts, smoothing, ema: decay, hidden, seed } = options;
  const from = data.dir === undefined ? data.name : `${data.name}:DIR`;
  const padded = padTo === undefined ? "" : ` --pad ${padTo}`;
  return (
    `npx nonmarkov train-features --data ${from}${padded} --hold-out ${holdOut} --steps ${steps} --batch ${batch} --lr ${lr} ` +
    `--shifts ${shifts} --smoothing ${smoothing} --ema ${decay} --hidden ${hidden} --seed ${seed} --out ${out}`
  );
};
