import tseslint from "typescript-eslint";

/** The house: what each package may import of the others. Arrows point down; nothing else is allowed. */
const mayImport = {
  schedule: [],
  random: [],
  files: [],
  samplers: ["schedule", "random"],
  autodiff: ["random"],
  engine: ["autodiff"],
  nets: ["autodiff", "engine", "random"],
  train: ["schedule", "autodiff", "engine", "random"],
  data: ["random", "files"],
  metrics: ["schedule", "random", "autodiff"],
  checkpoint: ["files"],
  discrete: ["schedule", "random", "autodiff"],
  diffusers: ["schedule", "samplers", "autodiff", "nets", "checkpoint", "files"],
  adapters: ["schedule", "samplers", "autodiff", "nets", "files"],
  cli: [
    "schedule",
    "random",
    "samplers",
    "discrete",
    "diffusers",
    "adapters",
    "autodiff",
    "engine",
    "nets",
    "train",
    "data",
    "metrics",
    "checkpoint",
    "files",
  ],
};
/** Only these know that the tensors are tfjs's. */
const mayImportTfjs = ["autodiff", "engine", "adapters"];

const packages = Object.keys(mayImport);

const arrows = packages.map((name) => ({
  files: [`packages/${name}/src/**/*.ts`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: packages
              .filter((p) => !mayImport[name].includes(p))
              .flatMap((p) => [`@nonmarkov/${p}`, `@nonmarkov/${p}/*`]),
            message: `${name} may import only: ${mayImport[name].join(", ") || "no other package"}.`,
          },
          ...(mayImportTfjs.includes(name)
            ? []
            : [{ group: ["@tensorflow/*"], message: "Only autodiff and engine know tfjs; take ops from autodiff." }]),
          { group: ["../../*/src/*", "../../../*/src/*"], message: "Import another package by its name." },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      ...["**/dist/", "docs/api/", "runs/", "demo/", "**/*.js", "!eslint.config.js"],
      ...["packages/engine/assembly/", "packages/engine/src/generated/"], // AssemblyScript, and what it compiles to
    ],
  },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "prefer-const": "error",
    },
  },
  ...arrows,
  {
    files: ["packages/*/src/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "ClassDeclaration:not([superClass.name=/Error$/])",
          message: "A function does; classes are for errors.",
        },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: "Randomness comes from keys.",
        },
      ],
    },
  },
);
