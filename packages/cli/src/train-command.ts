import type { RunConfig } from "./run-config.ts";

const dataText = ({ name, split }: RunConfig["data"]): string =>
  name === "cifar10" || name === "images" || split === "test" ? `${name}:DIR` : name;

const given = (name: string, value: number | string | boolean | undefined): readonly string[] =>
  value === undefined || value === false ? [] : value === true ? [name] : [name, String(value)];

const netOptions = (net: RunConfig["net"]): readonly string[] =>
  net.kind === "mlp"
    ? [...given("--hidden", net.hidden), ...given("--depth", net.depth)]
    : [
        ...given("--base", net.base),
        ...given("--mults", net.mults.join()),
        ...given("--blocks", net.blocks),
        ...given("--attention", net.attention.length === 0 ? undefined : net.attention.join()),
        ...given("--heads", net.heads === 1 ? undefined : net.heads),
        ...given("--groups", net.groups),
        ...given("--patch", net.patch),
      ];

/** The command line that trains such a run again, in a folder of the name given. Folders of data are called DIR. */
export const trainCommandLine = (config: RunConfig, out: string): string => {
  const { data, schedule, prediction, net, training } = config;
  return [
    "npx nonmarkov train",
    ...given("--data", dataText(data)),
    ...given("--size", data.size),
    ...given("--flip", data.flip),
    ...given("--pad", data.pad),
    ...given("--hold-out", data.holdOut),
    ...given("--net", net.kind),
    ...netOptions(net),
    ...given("--conditional", net.classes > 0),
    ...given("--label-dropout", training.labelDropout),
    ...given("--schedule", schedule),
    ...given("--prediction", prediction),
    ...given("--steps", training.steps),
    ...given("--batch", training.batch),
    ...given("--lr", training.lr),
    ...given("--warmup", training.warmup),
    ...given("--decay", training.decay),
    ...given("--weight-decay", training.weightDecay === 0 ? undefined : training.weightDecay),
    ...given("--clip", training.clip),
    ...given("--ema", training.ema),
    ...given("--checkpoint-every", training.checkpointEvery),
    ...given("--seed", training.seed),
    ...given("--out", out),
  ].join(" ");
};
