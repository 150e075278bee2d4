import { assertEquals, assertMatch } from "@std/assert";
import {
  answers,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { wrapperFor } from "./fake_wrapper.ts";

const UNREACHABLE = 'echo "[API Error: Connection error.]" >&2; exit 1';

/** Moves account `index` to another service. */
async function moveElsewhere(
  home: FakeHome,
  index: number,
  baseUrl = "http://other.invalid/v1",
): Promise<void> {
  const login = JSON.parse(await Deno.readTextFile(home.slot(index)));
  login.resource_url = baseUrl;
  await Deno.writeTextFile(home.slot(index), JSON.stringify(login));
}

Deno.test("call() continues with an account of another service when one cannot be reached", async () => {
  await using home = await fakeHome({
    1: UNREACHABLE,
    2: answers("no"),
    3: answers("Paris"),
  });
  await moveElsewhere(home, 3);
  const said: string[] = [];
  const notify = (text: string) => void said.push(text);
  const wrapper = wrapperFor(home, { notify });
  const { output, accountsTried } = await wrapper.call("hello");
  assertEquals({ output, accountsTried }, {
    output: "Paris",
    accountsTried: [1, 3],
  });
  assertMatch(
    said.join("\n"),
    /^account 1 cannot reach its service \(.*\): continuing with account 3$/,
  );
  const readiness = await wrapper.accounts.readiness();
  assertEquals(readiness.map((it) => it.obstacle), [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("call() tries no second account of a service that cannot be reached", async () => {
  await using home = await fakeHome({
    1: UNREACHABLE,
    2: answers("no"),
    3: UNREACHABLE,
  });
  await moveElsewhere(home, 3);
  const { verdict, accountsTried } = await wrapperFor(home).call("hello");
  assertEquals({ verdict, accountsTried }, {
    verdict: "transient",
    accountsTried: [1, 3],
  });
});

Deno.test("call() stays when every account uses the service that cannot be reached", async () => {
  await using home = await fakeHome({ 1: UNREACHABLE, 2: answers("no") });
  const { accountsTried } = await wrapperFor(home).call("hello");
  assertEquals(accountsTried, [1]);
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("call() switches to no other service when the prompt may not run again", async () => {
  for (const options of [{ rerun: "never" }, { maxRetries: 0 }] as const) {
    await using home = await fakeHome({ 1: UNREACHABLE, 2: answers("no") });
    await moveElsewhere(home, 2);
    const { accountsTried } = await wrapperFor(home).call("hello", options);
    assertEquals(accountsTried, [1]);
  }
});

Deno.test("call() switches to another service after an account that is out of quota", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: UNREACHABLE,
    3: answers("no"),
    4: answers("Paris"),
  });
  await moveElsewhere(home, 4);
  const { accountsTried } = await wrapperFor(home).call("hello");
  assertEquals(accountsTried, [1, 2, 4]);
});

Deno.test("call() continues with another service when a program without error codes cannot reach the first", async () => {
  for (
    const said of [
      "Error: getaddrinfo ENOTFOUND provider.invalid",
      "curl: (6) Could not resolve host: provider.invalid",
      "dial tcp: lookup provider.invalid: no such host\nexit status 1",
    ]
  ) {
    await using home = await fakeHome({
      1: `printf '%s\\n' '${said}' >&2; exit 1`,
      2: answers("Paris"),
    });
    await moveElsewhere(home, 1, "https://provider.invalid/v1");
    await moveElsewhere(home, 2);
    const { output, accountsTried } = await wrapperFor(home).call("hello");
    assertEquals({ output, accountsTried }, {
      output: "Paris",
      accountsTried: [1, 2],
    }, said);
  }
});

Deno.test("call() stays when such a program cannot reach something else", async () => {
  for (
    const said of [
      "Error: connect ECONNREFUSED 127.0.0.1:5432",
      "fatal: unable to access: Could not resolve host: github.com",
      "saved the answer of provider.invalid: disk full",
      "cannot connect to db.provider.invalid",
    ]
  ) {
    await using home = await fakeHome({
      1: `printf '%s\\n' '${said}' >&2; exit 1`,
      2: answers("Paris"),
    });
    await moveElsewhere(home, 1, "https://provider.invalid/v1");
    await moveElsewhere(home, 2);
    const { accountsTried } = await wrapperFor(home).call("hello");
    assertEquals(accountsTried, [1], said);
  }
});
