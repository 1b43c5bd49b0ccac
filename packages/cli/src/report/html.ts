/** Text that is safe between tags and in quoted attributes. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]!);

/** An HTML table; cells are HTML already. The first cell of each row is its head. */
export const htmlTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  className = "numbers",
): string => `<div class="scroll"><table class="${className}">
<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>
<tbody>
${rows.map(([first = "", ...rest]) => `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n")}
</tbody></table></div>`;
