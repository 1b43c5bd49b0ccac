/** One fenced code block of a Markdown file. */
export type CodeBlock = { readonly language: string; readonly line: number; readonly code: string };

/** The fenced code blocks of a Markdown text, in order; `line` is that of the opening fence, from 1. */
export const codeBlocks = (markdown: string): readonly CodeBlock[] => {
  const lines = markdown.split("\n");
  const blocks: CodeBlock[] = [];
  let open: { readonly language: string; readonly line: number } | undefined;
  let code: string[] = [];
  lines.forEach((text, i) => {
    const fence = /^```(\S*)/.exec(text);
    if (fence === null) {
      if (open) code.push(text);
    } else if (open) {
      blocks.push({ ...open, code: code.join("\n") });
      open = undefined;
    } else {
      open = { language: fence[1] ?? "", line: i + 1 };
      code = [];
    }
  });
  if (open) throw new Error(`the code block opened on line ${open.line} is never closed`);
  return blocks;
};
