import { assertEquals } from "@std/assert";
import { homeOfUser, withHome } from "../../lib/runtime/home_folder.ts";

const known = () => ({ homedir: () => "/home/me" });

/** What Node says of a user that the database does not know. */
const unknown = () => ({
  homedir: () => {
    throw new Error("ENOENT: no such file or directory, uv_os_homedir");
  },
});

Deno.test("withHome() leaves a HOME as it is, and asks nobody", () => {
  assertEquals(withHome({ HOME: "/x", A: "1" }, unknown), {
    HOME: "/x",
    A: "1",
  });
});

for (const [name, env] of [["no", {}], ["an empty", { HOME: "" }]] as const) {
  Deno.test(`withHome() gives the home of the user to ${name} HOME`, () => {
    assertEquals(withHome({ A: "1", ...env }, known), {
      A: "1",
      HOME: "/home/me",
    });
  });

  Deno.test(`withHome() gives none to ${name} HOME where the user is unknown`, () => {
    assertEquals(withHome({ A: "1", ...env }, unknown), { A: "1" });
  });
}

Deno.test("homeOfUser() gives none where the user is unknown", () => {
  assertEquals(homeOfUser(unknown), undefined);
});
