import {
  constant,
  cosine,
  linear,
  linearAlphaBar,
  linearLogSnr,
  rescaleZeroTerminalSnr,
  scaledLinear,
  type Schedule,
  sigmoid,
  sqrt,
} from "@nonmarkov/schedule";
import { UsageError } from "./errors.ts";
import { unknownName } from "./nearest.ts";
import { usage } from "./usage.ts";

type Numbers = { readonly [name: string]: number };

/** The schedules by name, with the options that each takes beside T. */
const known: {
  readonly [name: string]: { readonly make: (options: Numbers) => Schedule; readonly takes: readonly string[] };
} = {
  linear: { make: linear, takes: ["betaStart", "betaEnd"] },
  scaledLinear: { make: scaledLinear, takes: ["betaStart", "betaEnd"] },
  cosine: { make: cosine, takes: ["s", "maxBeta"] },
  sigmoid: { make: sigmoid, takes: ["betaStart", "betaEnd"] },
  sqrt: { make: sqrt, takes: ["s", "maxBeta"] },
  linearAlphaBar: { make: linearAlphaBar, takes: [] },
  linearLogSnr: { make: linearLogSnr, takes: ["logSnrStart", "logSnrEnd"] },
  constant: { make: constant, takes: ["beta"] },
};

/** What `--schedule` can name. */
export const scheduleNames = Object.keys(known);

const zeroTerminal = "zero-terminal-snr";

/**
 * Makes the schedule of a text like `linear:1000`, `cosine:1000,s=0.008` or `linear:1000,zero-terminal-snr`.
 * @throws UsageError if the text, a name or a number is not valid
 */
export const scheduleFromSpec = (text: string): Schedule => {
  const [head = "", ...settings] = text.split(",").map((part) => part.trim());
  const [name = "", steps, ...rest] = head.split(":");
  const schedule = Object.hasOwn(known, name) ? known[name] : undefined;
  if (schedule === undefined) throw new UsageError(`--schedule: ${unknownName("schedule", name, scheduleNames)}`);
  const T = steps === undefined ? 1000 : Number(steps);
  if (rest.length > 0 || !Number.isInteger(T) || T < 1)
    throw new UsageError(`--schedule: T in "${head}" must be a whole number from 1; write ${name}:1000`);
  const options = Object.fromEntries(
    settings
      .filter((setting) => setting !== zeroTerminal)
      .map((setting) => {
        const [option = "", value = ""] = setting.split("=");
        if (!schedule.takes.includes(option))
          throw new UsageError(
            `--schedule: ${unknownName(`option of ${name}`, option, [...schedule.takes, zeroTerminal])}`,
          );
        if (value.trim() === "" || !Number.isFinite(Number(value)))
          throw new UsageError(`--schedule: ${option} must be a number, got "${value}"; write ${option}=0.01`);
        return [option, Number(value)];
      }),
  );
  return usage(() => {
    const made = schedule.make({ T, ...options });
    return settings.includes(zeroTerminal) ? rescaleZeroTerminalSnr(made) : made;
  });
};
