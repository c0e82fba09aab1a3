"use strict";
// A click on a heading sorts its table: numbers by size, everything else as words, what is missing always last.
const MISSING = ["", "–", "nan"];
function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent.trim();
}
function compare(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a.localeCompare(b, undefined, { numeric: true });
}
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = Array.from(table.tHead.rows[0].cells);
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      const body = table.tBodies[0];
      const rows = Array.from(body.rows).sort((p, q) => {
        const [a, b] = [valueOf(p, column), valueOf(q, column)];
        const missing = MISSING.includes(a) - MISSING.includes(b);
        return missing || sign * compare(a, b);
      });
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      body.append(...rows);
    });
  });
}
