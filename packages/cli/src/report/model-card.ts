import { duration } from "../duration.ts";
import type { DataFingerprint, ModelAbout } from "../model-about.ts";
import { markdownTable } from "./markdown-table.ts";

/** What a card says beside how the model came to be. */
export type Card = {
  readonly title: string;
  /** One sentence: what it is for. */
  readonly purpose: string;
  /** Further lines of the table: name and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly about: Pick<ModelAbout, "step" | "weights" | "loss" | "data" | "sessions">;
  /** The command lines that make it again. */
  readonly commands: readonly string[];
  /** Pictures with their captions, beside the card. */
  readonly pictures: readonly { readonly file: string; readonly caption: string }[];
};

const dataText = ({ name, rows, sha256 }: DataFingerprint): string =>
  rows === null ? `${name}, generated` : `${name}, ${rows.toLocaleString("en")} examples, SHA-256 ${sha256}`;

const weightsText = { ema: "moving average of the training's (EMA)", params: "the training's last" };

/** A model card in Markdown. */
export const modelCard = ({ title, purpose, facts, about, commands, pictures }: Card): string => {
  const { step, weights, loss, data, sessions } = about;
  const seconds = sessions.reduce((sum, session) => sum + session.seconds, 0);
  const machines = [...new Set(sessions.map(({ machine }) => machine))];
  const backends = [...new Set(sessions.map(({ backend }) => backend))];
  const rows: readonly (readonly [string, string])[] = [
    ...facts,
    ["data", dataText(data)],
    ["weights", weightsText[weights]],
    ["training steps", step.toLocaleString("en")],
    ["last loss", loss === null ? "not logged" : loss.toPrecision(4)],
    ["training time", sessions.length === 0 ? "not known" : duration(seconds)],
    ["machine", machines.join("; ") || "not known"],
    ["backend", backends.join("; ") || "not known"],
  ];
  return `# ${title}

${purpose}

${markdownTable(["", ""], rows, { text: true })}

\`\`\`sh
${commands.join("\n")}
\`\`\`

The same commands give the same weights, bit for bit, on the same backend. \`config.json\` holds all of this for machines.

${pictures.map(({ file, caption }) => `![${caption}](${file})\n\n${caption}`).join("\n\n")}
`;
};
