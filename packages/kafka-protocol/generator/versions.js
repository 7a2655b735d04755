/** Reads `3`, `3-13` or `3+`, which ends where `within` ends. Undefined when it is none of these or empty. */
export function parseVersions(text, within) {
  const match = /^(\d+)(?:-(\d+)|(\+))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[3] === "+" ? within.last : Number(match[2] ?? match[1]);
  return first <= last ? { first, last } : undefined;
}
export function includes(outer, inner) {
  return outer.first <= inner.first && inner.last <= outer.last;
}
export function contains(versions, version) {
  return versions !== undefined && versions.first <= version && version <= versions.last;
}
export function equal(a, b) {
  return a.first === b.first && a.last === b.last;
}
/** Cuts a range where `what` changes. Newest segment first: that is what is asked for most. */
export function segments(range, what) {
  const result = [];
  for (let version = range.last; version >= range.first; version--) {
    const current = what(version);
    const newer = result.at(-1);
    if (newer !== undefined && newer.what === current)
      result[result.length - 1] = { ...newer, first: version };
    else result.push({ first: version, last: version, what: current });
  }
  return result;
}
/** The test that a version of `range` lies in `versions`; undefined when it always does. */
export function condition(versions, range) {
  const parts = [];
  if (versions.first > range.first) parts.push(`version >= ${versions.first}`);
  if (versions.last < range.last) parts.push(`version <= ${versions.last}`);
  return parts.length === 0 ? undefined : parts.join(" && ");
}
//# sourceMappingURL=versions.js.map
