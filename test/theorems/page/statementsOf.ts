/** How a title names a statement: "Lemma 1", "Appendix A", "C.1", "4.2", "(12)". */
const ID = /^(?:(?:Lemma|Theorem|Proposition) \d+|Appendix [A-Z]\b|[A-Z]\.\d+|\d\.\d|\(\d+\))/;

/** The statements that a title begins with, as in "Lemma 1, (7): ..."; what comes later in it is only mentioned. */
export const statementsOf = (title: string): readonly string[] => {
  const ids: string[] = [];
  let rest = title;
  for (let id = ID.exec(rest); id !== null; id = ID.exec(rest)) {
    ids.push(id[0]);
    rest = rest.slice(id[0].length);
    if (!rest.startsWith(", ")) break;
    rest = rest.slice(2);
  }
  return ids;
};
