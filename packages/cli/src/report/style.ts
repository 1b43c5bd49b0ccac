/** The report's style sheet: one column of text, wide figures, light and dark by the reader's preference. */
export const style = `
:root {
  --paper: #fcfcfa; --ink: #1c1e21; --soft: #a3a8b0; --quiet: #676d76; --line: #e4e4de; --card: #ffffff;
  --accent: #2f5fd0; --s0: #2f5fd0; --s1: #2a9d8f; --s2: #e09f3e; --s3: #c8553d; --s4: #7d5ba6;
  --s5: #b5467f; --s6: #71902c; --s7: #8a6d3b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --ink: #e6e7e9; --soft: #626a75; --quiet: #9aa1ab; --line: #2b2f36; --card: #1b1e23;
    --accent: #7ea2f5; --s0: #7ea2f5; --s1: #5cc7ba; --s2: #f0bd6b; --s3: #e98873; --s4: #b79be0;
    --s5: #e38bb9; --s6: #a9c46c; --s7: #c9a878;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 16.5px/1.6 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; }
main { max-width: 60rem; margin: 0 auto; padding: 3.5rem 1.5rem 5rem; }
h1, h2, table, figcaption, .facts, .eyebrow, svg, code { font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.eyebrow { margin: 0 0 .4rem; font-size: .78rem; letter-spacing: .12em; text-transform: uppercase; color: var(--quiet); }
h1 { margin: 0 0 1rem; font-size: 2.1rem; line-height: 1.15; letter-spacing: -.02em; font-weight: 650; }
h2 { margin: 3.2rem 0 .6rem; font-size: 1.22rem; line-height: 1.3; letter-spacing: -.01em; font-weight: 620; }
p { margin: 0 0 1rem; max-width: 42rem; }
.lead { font-size: 1.15rem; }
i, em { font-style: italic; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .84em; }
pre { margin: 0 0 1rem; padding: .9rem 1.1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; line-height: 1.7; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1px; margin: 1.8rem 0 0; padding: 0; background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.facts div { padding: .7rem .9rem; background: var(--card); }
.facts dt { font-size: .74rem; color: var(--quiet); }
.facts dd { margin: 0; font-size: 1.02rem; font-weight: 560; font-variant-numeric: tabular-nums; }
figure { margin: 1.2rem 0 1.6rem; }
figcaption { margin-top: .6rem; font-size: .84rem; line-height: 1.5; color: var(--quiet); max-width: 42rem; }
img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; }
svg { max-width: 100%; height: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem; }
.scroll { overflow-x: auto; margin: 1rem 0 1.6rem; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
.numbers { width: 100%; }
.numbers th, .numbers td { padding: .42rem .8rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
.numbers thead th { font-size: .78rem; font-weight: 560; color: var(--quiet); border-bottom-color: var(--soft); }
.numbers th:first-child { text-align: left; }
.numbers tbody th { font-weight: 560; }
.numbers .best { font-weight: 700; color: var(--accent); }
.pictures th { padding: .3rem .5rem; font-size: .8rem; font-weight: 560; color: var(--quiet); text-align: center; white-space: nowrap; }
.pictures tbody th { text-align: right; padding-right: .8rem; }
.pictures td { padding: .3rem; min-width: 8.6rem; }
.pictures td img { width: 100%; }
.swatch { display: inline-block; width: .7em; height: .7em; margin-right: .4em; border-radius: 50%; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .84rem; color: var(--quiet); }
@media (max-width: 40rem) { main { padding-top: 2rem; } h1 { font-size: 1.7rem; } }
`;
