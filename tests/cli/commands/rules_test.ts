import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { problemsOf } from "../../support/json_schema.ts";
import { type TestHome, testHome } from "../../support/home.ts";

const MINUTE_MS = 60_000;

const RULES = `# my service
rules:
  - {status: 418, text: gone fishing, verdict: quota, cooldown: 10m}
  - pattern: 'come back (later|tomorrow)'
    service: openrouter
    verdict: throttle
    scope: model
  - {status: [403, 5xx], text: closed, verdict: client, scope: account}
`;

async function homeWith(settings: string): Promise<TestHome> {
  const home = await testHome({ accounts: 1, baseUrl: "" });
  const path = `${home.dir}/account-qwen.yaml`;
  await Deno.writeTextFile(path, settings, { mode: 0o600 });
  return home;
}

async function test(home: TestHome, flags: readonly string[], stdin: string) {
  const args = ["rules", "test", ...flags, "--json"];
  const { code, stdout, stderr } = await runCli(args, {
    home: home.path,
    stdin,
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const found = JSON.parse(stdout);
  assertEquals(problemsOf(found, "rules"), []);
  return found;
}

/** What is tested, and the rule, the verdict and the move that follow. */
const SAMPLES: [string[], string, [unknown, string | null, string]][] = [
  [["--status=418"], "Sorry, Gone Fishing", [1, "quota", "leave"]],
  [["--status=429"], "gone fishing", ["rate limit", "throttle", "again"]],
  [["--status=429"], "come back later", ["rate limit", "throttle", "again"]],
  [
    ["--status=400", "--service=openrouter"],
    "come back later",
    [2, "throttle", "again"],
  ],
  [
    ["--status=400", "--service=https://openrouter.ai/api/v1"],
    '{"error": {"message": "no", "hint": "come back tomorrow"}}',
    [2, "throttle", "again"],
  ],
  [["--status=503"], "we are CLOSED", [3, "client", "elsewhere"]],
  [
    ["--status=503"],
    "out of order",
    ["server error or connection", "transient", "again"],
  ],
  [["--status=402"], "pay", ["quota", "quota", "leave"]],
  [["--status=418"], "a teapot", ["client error", "client", "pass"]],
  [[], "error: gone fishing, said 418", [1, "quota", "leave"]],
  [[], "I am lost", [null, null, "pass"]],
];

for (const [flags, body, expected] of SAMPLES) {
  Deno.test(`rules test ${flags.join(" ")} says what follows from "${body}"`, async () => {
    await using home = await homeWith(RULES);
    const { rule, verdict, next } = await test(home, flags, body);
    assertEquals(
      [rule?.number ?? rule?.name ?? null, verdict, next.do],
      expected,
    );
  });
}

Deno.test("rules test prints the rule, the verdict, the cooldown and the next step", async () => {
  await using home = await homeWith(RULES);
  const before = await describe(home);
  const args = ["rules", "test", "--status", "418"];
  const { code, stdout, stderr } = await runCli(args, {
    home: home.path,
    stdin: "gone fishing\n",
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(
    stdout,
    /^rule {6}1, yours: status 418, text "gone fishing"\nverdict {3}quota: the account is out of quota\nevidence {2}rule 1: 418 gone fishing\ncooldown {2}10 min, until .+ \(your rule\)\nnext {6}leave: ask another account\n$/,
  );
  assertEquals(await describe(home), before, "it changes something");
});

async function describe({ dir }: TestHome): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  return names.sort();
}

Deno.test("rules test asks no rule about an answer", async () => {
  await using home = await homeWith(RULES.replace("status: 418, ", ""));
  const answer = '{"choices": [{"message": {"content": "gone fishing"}}]}';
  const found = await test(home, ["--status=200"], answer);
  assertEquals([found.answer, found.rule, found.next.do], [true, null, "pass"]);
});

Deno.test("rules test reads the headers, and says how a late reset is probed", async () => {
  await using home = await homeWith("probe_every: 20m\n");
  const flags = ["--status=429", "--header=retry-after: 259200"];
  const { cooldown } = await test(home, flags, "quota exceeded");
  assertEquals(
    [Math.round(cooldown.ms / MINUTE_MS), cooldown.source],
    [3 * 24 * 60, "provider"],
  );
  assertEquals(cooldown.probe_every_ms, 20 * MINUTE_MS);
});

Deno.test("rules test names the model that a rule is about", async () => {
  await using home = await homeWith(RULES);
  const flags = ["--status=400", "--service=openrouter", "--model=coder"];
  const { model } = await test(home, flags, "come back later");
  assertEquals(model, "coder");
});

Deno.test("rules test ends in time whatever the pattern and the text", async () => {
  await using home = await homeWith(
    "rules: [{pattern: '(a+)+(.*)*(x+x+)+y', verdict: quota}]\n",
  );
  const found = await test(home, ["--status=429"], "a".repeat(200_000));
  assertEquals(found.rule.by, "built-in");
});

Deno.test("rules list prints the rules in their order", async () => {
  await using home = await homeWith(RULES);
  const options = { home: home.path };
  const { code, stdout } = await runCli(["rules"], options);
  assertEquals(code, 0);
  assertEquals(stdout.split("\n").map((it) => it.split(/\s{2,}/)), [
    ["rule", "if", "verdict", "cooldown", "scope"],
    ["1", 'status 418, text "gone fishing"', "quota", "10m", "-"],
    [
      "2",
      'pattern "come back (later|tomorrow)", service openrouter',
      "throttle",
      "-",
      "model",
    ],
    ["3", 'status 403, 5xx, text "closed"', "client", "-", "account"],
    [""],
  ]);
  const json = JSON.parse((await runCli(["rules", "--json"], options)).stdout);
  assertEquals(problemsOf(json, "rules"), []);
  assertEquals(json.rules[0].cooldown_ms, 10 * MINUTE_MS);
});

Deno.test("rules list says where rules belong if there are none", async () => {
  await using home = await homeWith("");
  const { code, stdout, stderr } = await runCli(["rules"], { home: home.path });
  assertEquals({ code, stdout }, { code: 0, stdout: "" });
  assertMatch(
    stderr,
    /there are no rules in .*account-qwen\.yaml; to add some/,
  );
});

/** Mistakes in the file, and how they are reported. */
const MISTAKES: [string, RegExp][] = [
  ["rules: 3", /line 1, column 8: rules: it is not a list of rules/],
  ["rules: [7]", /rule 1: it is not a mapping/],
  ["rules: [{status: 429}]", /rule 1: it has no verdict/],
  ["rules: [{verdict: quota}]", /rule 1: it needs a status, a text or a/],
  ["rules: [{status: 1e9, verdict: quota}]", /rule 1: status: 1000000000 is/],
  ["rules: [{status: [], verdict: quota}]", /rule 1: status: it needs a value/],
  ["rules: [{text: '', verdict: quota}]", /rule 1: text: it needs a value/],
  ["rules: [{text: [], verdict: quota}]", /rule 1: text: a list is not text/],
  [
    "rules: [{text: a, verdict: qouta}]",
    /rule 1: verdict: "qouta" is not one of .*\(did you mean "quota"\?\)/,
  ],
  ["rules: [{text: a, verdict: ok}]", /rule 1: verdict: "ok" is not one of/],
  ["rules: [{txt: a, verdict: quota}]", /unknown field "txt" \(did you mean/],
  [
    "rules:\n  - {text: a, verdict: quota}\n  - {pattern: (a, verdict: quota}",
    /line 3, column 5: rules: rule 2: pattern: the pattern is not a regular/,
  ],
  ["rules: [{pattern: '(?=a)', verdict: quota}]", /which is not supported/],
  ["rules: [{pattern: 'a*', verdict: quota}]", /it matches every text/],
  [
    "rules: [{text: a, verdict: client, cooldown: 5m}]",
    /rule 1: cooldown: there is none after client/,
  ],
  [
    "rules: [{text: a, verdict: quota, cooldown: 1000000000}]",
    /rule 1: cooldown: 1000000000 is longer than 32 days/,
  ],
  [
    "rules: [{text: a, verdict: quota, cooldown: soon}]",
    /rule 1: cooldown: "soon" is not a duration .* or until-reset/,
  ],
  [
    "rules: [{text: a, verdict: client, scope: model}]",
    /rule 1: scope: client/,
  ],
  [
    "rules: [{text: a, verdict: quota, service: a b}]",
    /rule 1: service: "a b"/,
  ],
  ["backoff: {qota: {}}", /backoff: unknown field "qota" \(did you mean/],
  ["backoff: {quota: {first: 1e9}}", /quota: first: 1000000000 is longer than/],
  ["backoff: {quota: {first: 0}}", /quota: first: 0 is not a duration/],
  ["backoff: {quota: {first: 2h, max: 1h}}", /quota: first is longer than max/],
  ["backoff: {quota: {factor: 1e9}}", /quota: factor: 1000000000 is not a/],
  [
    "backoff: {quota: {factor: 0.5}}",
    /quota: factor: 0.5 is not a number from/,
  ],
  ["backoff: {quota: {factor: .nan}}", /quota: factor: null is not a number/],
  ["backoff: {quota: {jitter: 200%}}", /quota: jitter: "200%" is not 0% to/],
  ["backoff: [none]", /backoff: a list is not one of none, constant/],
];

for (const [settings, problem] of MISTAKES) {
  Deno.test(`rules exits with 2 for ${JSON.stringify(settings)}`, async () => {
    await using home = await homeWith(settings);
    const options = { home: home.path };
    const { code, stdout, stderr } = await runCli(["rules"], options);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assert(problem.test(stderr), stderr);
    assertMatch(
      stderr,
      /^account-qwen: error: Cannot use ".*account-qwen\.yaml"/,
    );
  });
}

for (
  const args of [
    ["tset"],
    ["test", "x"],
    ["list", "--status=3"],
    [
      "test",
      "--status=999",
    ],
    ["test", "--header=nothing"],
    ["test", "--header=a b: c"],
  ]
) {
  Deno.test(`rules ${args.join(" ")} is a mistake`, async () => {
    await using home = await homeWith("");
    const { code, stderr } = await runCli(["rules", ...args], {
      home: home.path,
    });
    assertEquals(code, 2);
    assertMatch(stderr, /Cannot run rules: /);
  });
}
