const renamed: Readonly<Record<string, string>> = {
  query: "to_q",
  key: "to_k",
  value: "to_v",
  proj_attn: "to_out.0",
};

/** The name that diffusers has today for a tensor: in older checkpoints the layers of attention are called otherwise. */
export const currentName = (name: string): string =>
  name.replace(
    /^(.*\battentions\.\d+)\.(query|key|value|proj_attn)\.(weight|bias)$/s,
    (_, path: string, layer: string, kind: string) => `${path}.${renamed[layer]}.${kind}`,
  );
