// What test/config/queue-token.test.ts shows of tokens, once in the runtime that signs them.
import { describe, expect, it } from "vitest";
import { queueKeys } from "../../src/config/queue-keys.ts";
import { ownersOf } from "../../src/config/queue-owner.ts";
import { knownPass, readPass, readTicket, signPass, signTicket } from "../../src/config/queue-token.ts";
import { HERE, OLD_SECRET, PASS, SECRET, TICKET } from "../support/queue.ts";

describe("tickets and passes in workerd", () => {
  it("hold on another edge, over a change of the secret, and not when changed", async () => {
    const signer = await queueKeys(OLD_SECRET);
    const ticket = (await signTicket(signer, TICKET)) ?? "";
    const pass = (await signPass(signer, PASS)) ?? "";
    const keys = await queueKeys(`${SECRET},${OLD_SECRET}`);
    expect(await readTicket(keys, ticket, HERE)).toEqual(TICKET);
    expect(knownPass(keys, pass, HERE)).toBeUndefined();
    expect(await readPass(keys, pass, HERE)).toEqual(PASS);
    expect(knownPass(keys, pass, HERE)).toEqual(PASS);
    expect(await readPass(keys, ticket, HERE)).toBeUndefined();
    for (let at = 0; at < pass.length; at++) {
      const forged = pass.slice(0, at) + (pass[at] === "A" ? "B" : "A") + pass.slice(at + 1);
      expect(await readPass(keys, forged, HERE)).toBeUndefined();
    }
  });

  it("are the same text as in any other runtime", async () => {
    const keys = await queueKeys(SECRET);
    expect(await signTicket(keys, TICKET)).toBe(SAME_TICKET);
    const caller = { address: "192.0.2.7", key: "ann", kind: "jwt" } as const;
    expect((await ownersOf(keys, caller, "Wallet/7.1")).identity).toEqual([SAME_OWNER]);
  });
});

const SAME_TICKET =
  "eyJhbGciOiJIUzI1NiIsImtpZCI6Imh3UndESTBQIiwidHlwIjoidGlkZWdhdGUtdGlja2V0In0.eyJyb29tIjoibWFpbiIsImlkIjoiQWJDZEVmR2hJaktsTW5PcFFyU3RVdiIsInQiOjE3OTU0ODU1Mzg3NjYsInAiOjEyMzQ1NjcsInUiOjE3OTU0ODU3MjAsImwiOiJwYXltZW50cyIsImIiOiJjMDEyMzQ1Njc4OWFiY2RlZi5pMDEyMzQ1Njc4OWFiY2RlZiIsImF1ZCI6IndhbGxldC5leGFtcGxlIiwiZXhwIjoxNzk1NDg5MjAwfQ.U6vSJVayaagX7h9feUtfwO2bXDtmPBPshFrdy2Qny5k";
const SAME_OWNER = "OaDUidwBUXnbm0qF";
