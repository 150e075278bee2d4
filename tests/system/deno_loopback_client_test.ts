import { assertEquals } from "@std/assert";
import { runDenoFixture } from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("localhost", "::1");

/** An address where nothing listens. */
const DEAD_PROXY = "http://127.0.0.1:1";

const PROXIES = {
  "no proxy": {},
  "a proxy for http": { HTTP_PROXY: DEAD_PROXY, NO_PROXY: "example.test" },
  "a proxy for all": { ALL_PROXY: DEAD_PROXY, no_proxy: "example.test" },
};

/** The form for a server, not for a proxy (RFC 9112, section 3.2.1). */
const LINE = "GET /v1/models HTTP/1.1";

for (const [proxy, env] of Object.entries(PROXIES)) {
  test(`this machine is asked itself, as a server, where there is ${proxy}`, async () => {
    await using home = await tempDir();
    const options = { home: home.path, env };
    const result = await runDenoFixture("ask_loopback.ts", [], options);
    const { lines, isUnchanged } = JSON.parse(result.stdout || "{}");
    assertEquals(
      lines,
      {
        "initFor() of 127.0.0.1": LINE,
        "initFor() of localhost": LINE,
        "initFor() of [::1]": LINE,
        "send() of 127.0.0.1": LINE,
        "send() of localhost": LINE,
        "send() of [::1]": LINE,
        "realSystem.fetch() of 127.0.0.1": LINE,
        "realSystem.fetch() of localhost": LINE,
        "realSystem.fetch() of [::1]": LINE,
      },
      result.stderr,
    );
    assertEquals(isUnchanged, true);
  });
}
