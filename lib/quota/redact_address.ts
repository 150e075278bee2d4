/** An address, also one without a scheme: a host with a path. */
export const ADDRESS =
  /\bhttps?:\/\/[^\s"'<>]+|(?<![\w@.-])(?:[a-z\d-]+\.)+[a-z]{2,12}\/[^\s"'<>]+/g;

/**
 * Returns `address` without what may be secret in it: a user, the query, and each
 * part of the path that does not look like words.
 */
export function redactAddress(address: string, mark: string): string {
  const [, scheme = "", rest = ""] = /^(https?:\/\/)?(.*)$/s.exec(address) ??
    [];
  const [place = "", ...fragment] = rest.split("#");
  const [path = "", ...query] = place.split("?");
  const withoutUser = path.replace(/^[^/]*@/, `${mark}@`);
  const parts = withoutUser.split("/")
    .map((it, at) => at === 0 || isPlain(it) ? it : mark);
  const shownQuery = query.length > 0 ? `?${mark}` : "";
  const shownFragment = fragment.map((it) => `#${isPlain(it) ? it : mark}`);
  return `${scheme}${parts.join("/")}${shownQuery}${shownFragment.join("")}`;
}

/**
 * Whether a part of a path consists of words, versions and short numbers, as
 * `model-studio`, `v1` and `qwen3-coder-480b` do.
 */
function isPlain(part: string): boolean {
  return part.split(/[-_.~:,;()%+!*]/).every((it) =>
    /^(?:[A-Z]?[a-z]{0,24}|[A-Z]{0,16}|[A-Za-z]{0,12}|\d{0,8}|[A-Za-z\d]{0,7})$/
      .test(it)
  ) && !/\b(?:sk|pk)[-_]/i.test(part);
}
