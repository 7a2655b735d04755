/** The name that `wrong` was most likely meant to be, if any is near enough: one slip in every four letters. */
export function closestName(wrong: string, names: Iterable<string>): string | undefined {
  let closest: string | undefined;
  let slips = Math.max(1, Math.floor(wrong.length / 4)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - wrong.length) >= slips) continue;
    const distance = editDistance(wrong, name);
    if (distance < slips) [closest, slips] = [name, distance];
  }
  return closest;
}

/** Levenshtein's: letters to insert, drop or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
