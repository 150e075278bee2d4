import { assertEquals } from "@std/assert";
import { homeOfUser, withHome } from "../../lib/system/inherited.ts";

const known = () => ({ homedir: () => "/home/me" });

/** Node's error for a user that is not in the database. */
const unknown = () => ({
  homedir: () => {
    throw new Error("ENOENT: no such file or directory, uv_os_homedir");
  },
});

Deno.test("withHome() keeps a HOME without asking the database", () => {
  assertEquals(withHome({ HOME: "/x", A: "1" }, unknown), {
    HOME: "/x",
    A: "1",
  });
});

for (const [name, env] of [["no", {}], ["an empty", { HOME: "" }]] as const) {
  Deno.test(`withHome() replaces ${name} HOME by the home of the user`, () => {
    assertEquals(withHome({ A: "1", ...env }, known), {
      A: "1",
      HOME: "/home/me",
    });
  });

  Deno.test(`withHome() removes ${name} HOME where the user is unknown`, () => {
    assertEquals(withHome({ A: "1", ...env }, unknown), { A: "1" });
  });
}

Deno.test("homeOfUser() returns undefined where the user is unknown", () => {
  assertEquals(homeOfUser(unknown), undefined);
});
