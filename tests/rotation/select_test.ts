import { assertEquals } from "@std/assert";
import { nextAccount } from "../../lib/rotation/select.ts";

const CHOICES = {
  "the one after": { accounts: [1, 2, 3], from: 1, next: 2 },
  "the first after the last": { accounts: [1, 2, 3], from: 3, next: 1 },
  "the next one there when numbers are missing": {
    accounts: [1, 5, 9],
    from: 5,
    next: 9,
  },
  "the one after one that is gone": { accounts: [1, 5, 9], from: 3, next: 5 },
  "the first when the last one is gone": {
    accounts: [1, 5],
    from: 9,
    next: 1,
  },
  "the first when none is active": {
    accounts: [2, 3],
    from: undefined,
    next: 2,
  },
  "none that is excepted": {
    accounts: [1, 2, 3, 4],
    from: 2,
    except: [3, 4],
    next: 1,
  },
  "nobody when all others are excepted": {
    accounts: [1, 2, 3],
    from: 2,
    except: [1, 3],
    next: undefined,
  },
  "nobody when there is only the active one": {
    accounts: [2],
    from: 2,
    next: undefined,
  },
  "nobody when there is none": {
    accounts: [],
    from: undefined,
    next: undefined,
  },
};

for (const [whom, choice] of Object.entries(CHOICES)) {
  Deno.test(`nextAccount() chooses ${whom}`, () => {
    const { accounts, from, next } = choice;
    const except = new Set("except" in choice ? choice.except : []);
    assertEquals(nextAccount(accounts, { from, except }), next);
  });
}

Deno.test("nextAccount() comes round to each of a thousand accounts", () => {
  const accounts = Array.from({ length: 1_000 }, (_, at) => 3 * at + 1);
  const visited: (number | undefined)[] = [];
  let from: number | undefined = 1;
  do {
    from = nextAccount(accounts, { from });
    visited.push(from);
  } while (from !== 1);
  assertEquals(visited, [...accounts.slice(1), 1]);
});
