import type { SchedulerDefect } from "@nonmarkov/diffusers";
import { format } from "prettier";

const short = (name: string): string => name.replace(/Scheduler$/, "");

const compatible: Readonly<Record<SchedulerDefect["compatible"], string>> = {
  same: "as diffusers",
  error: "an error",
  "as here": "as here",
};

const example = `import { ops, tensorSpace } from "@nonmarkov/autodiff";
import { diffusersUnet, parseSchedulerText, planScheduler, schedulerConfigOf, schedulerJson, schedulerRun } from "@nonmarkov/diffusers";
import { loadDiffusers, saveDiffusers } from "@nonmarkov/diffusers/node";
import { start } from "@nonmarkov/engine";
import { denoiserOf } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { sample } from "@nonmarkov/samplers";
import { linear } from "@nonmarkov/schedule";

await start();
const config = { height: 16, width: 16, channels: 3, base: 8, mults: [1, 2], groups: 4 }; // untrained, to have one
const ours = diffusersUnet(config).init(key(0));
const text = JSON.stringify(schedulerJson(schedulerConfigOf({ schedule: linear({ T: 1000 }) })));
await saveDiffusers("ddim-folder", { config, params: ours, scheduler: text }, { overwrite: true });

const { net, params, scheduler } = await loadDiffusers("ddim-folder"); // or one of diffusers' own
const plan = planScheduler(parseSchedulerText(scheduler!), { steps: 10 });
const xT = tensorSpace.normal(key(1), ops.zeros([4, 16, 16, 3]), 0);
const x = await sample({ ...schedulerRun(plan), denoiser: denoiserOf(net, params), xT, space: tensorSpace, key: key(2) });
console.log(plan.table.name, x.shape);`;

/** docs/diffusers.md: how models of diffusers are read, and where its schedulers are left alone. */
export const renderPage = (defects: readonly SchedulerDefect[]): Promise<string> => {
  const rows = defects.map(
    ({ schedulers, diffusers, here, compatible: mode }) =>
      `| ${[schedulers.map(short).join(", "), diffusers, here, compatible[mode]].join(" | ")} |`,
  );
  const text = [
    "# Models and schedulers of diffusers",
    "<!-- npm run samplers writes this page: do not edit it -->",
    `\`@nonmarkov/diffusers\` reads what the Python library [diffusers](https://github.com/huggingface/diffusers) saves: an unconditional or
class-conditional \`UNet2DModel\`, alone or in a pipeline's folder, and the configuration of eleven schedulers, each as one of our
tables. \`saveDiffusers\` writes folders that it reads back. No program in a folder is run, and pickles are refused.`,
    `\`\`\`ts\n${example}\n\`\`\``,
    `The network is the same function: timesteps from 0 become our t = 1..T at the boundary, weights change their layout. A plan is
plain data: the schedule, the moves, the table, what the network predicts, and how x0 is clipped. With \`compatible: true\` the
timesteps and numbers are those of diffusers, to the last digits of float64; without it they are so but for what follows.`,
    "## What diffusers does that you may not want",
    ["| schedulers | diffusers | here | with `compatible` |", "| --- | --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
  return format(`${text}\n`, { parser: "markdown", printWidth: 120 });
};
