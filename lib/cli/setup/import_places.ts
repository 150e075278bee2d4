import { chosenAgent } from "../../agents/registry.ts";

/** Says where `import` looks. */
export function describePlaces(): string {
  const agent = chosenAgent();
  const { ofUser, ofProject, envFiles, logins } = agent.homes.sources({
    cwd: ".",
    home: "~",
    env: {},
  });
  const settings = [...ofUser, ...ofProject];
  const { name, login } = agent.homes;
  const ofPlain = login ? [`~/${name}/${login.file}`] : [];
  const places = [
    [settings, `, where ${agent.program} stores keys`],
    [
      envFiles,
      " in this folder, in each folder above it and in your home (only the " +
      "first file with a key counts)",
    ],
    [[...ofPlain, ...logins], ""],
  ] as const;
  const said = places.filter(([paths]) => paths.length > 0).map(
    ([paths, more]) =>
      listOf(paths.map((it) => it.replace(/^\.\//, ""))) + more,
  );
  const last = said.pop();
  const keepers = [
    ...new Set(
      agent.homes.login?.imports?.stores({ home: "~", env: {} })
        .map((it) => it.program) ?? [],
    ),
  ];
  const others = keepers.length === 0
    ? ""
    : ` Logins that ${listOf(keepers)} keep are moved, after a question: a ` +
      "login works in one place only.";
  return ["import looks at the environment", ...said].join("; at ") +
    (last === undefined ? "." : `; and at ${last}.`) + others;
}

function listOf(words: readonly string[]): string {
  const [last = "", ...others] = words.toReversed();
  return others.length === 0
    ? last
    : `${others.toReversed().join(", ")} and ${last}`;
}
