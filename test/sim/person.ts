/** Somebody with a wallet on one device: comes, waits as told, does a few things once in, and goes. */
import type { Chance } from "./chance.ts";
import type { Answer, Edge, Request } from "./edge.ts";
import type { Network, Party } from "./network.ts";
import type { Scenario } from "./scenario.ts";
import type { Pass, Ticket } from "./tokens.ts";
import type { VirtualTime } from "./virtual.ts";

/** What people need of the world. */
export interface Town {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly people: Scenario["people"];
  /** An edge that is up, by number. */
  edgeAt(number: number): Edge;
  readonly edgeCount: number;
  readonly watcher: PersonWatcher;
}

export interface PersonWatcher {
  /** A place was told; `before` is what the same ticket was told last. */
  told(ticket: Ticket, position: number, before: number | undefined): void;
  entered(person: Person): void;
  left(person: Person): void;
  /** A payment was answered: done for certain, not done for certain, or nobody knows. */
  paid(id: string, how: "done" | "not-done" | "unknown"): void;
}

export type PersonState = "coming" | "asking" | "waiting" | "in" | "gone";

/** A client gives up an answer after so long, and asks again. */
const PATIENCE_MS = 6000;
const MOST_TRIES = 5;

export class Person implements Party {
  offsetMs = 0;
  life = 0;
  isUp = true;
  readonly number: number;
  readonly user: string;
  readonly owner: string | undefined;
  readonly comesAtMs: number;
  state: PersonState = "coming";
  ticket: Ticket | undefined;
  /** The lowest that this ticket was told. */
  position: number | undefined;
  /** When it was told its place last. */
  toldAtMs = 0;
  /** When it came, and when it was first in. */
  cameAtMs = 0;
  inAtMs = 0;
  polls = 0;
  readonly #town: Town;
  readonly #home: number;
  #pass: Pass | undefined;
  #actions: number;
  #goesAtMs = Number.POSITIVE_INFINITY;
  #asked = 0;
  #payments = 0;
  /** The payment that is being made, and how often it was tried. */
  #payment: { readonly id: string; tries: number } | undefined;

  constructor(number: number, comesAtMs: number, user: string, owner: string | undefined, town: Town) {
    const { chance, people, edgeCount } = town;
    this.number = number;
    this.user = user;
    this.owner = owner;
    this.comesAtMs = comesAtMs;
    this.#town = town;
    this.#home = chance.whole(0, edgeCount - 1);
    this.#actions = chance.whole(...people.actions);
  }

  come(): void {
    const { time, chance, people } = this.#town;
    this.state = "asking";
    this.cameAtMs = time.nowMs;
    if (chance.happens(people.leaving)) this.#goesAtMs = time.nowMs + chance.between(0, 20_000);
    this.#ask({ kind: "read" });
  }

  #ask(what: Request["what"]): void {
    const { time, chance, network, people } = this.#town;
    if (this.state === "gone") return;
    const isElsewhere = chance.happens(people.roaming);
    const edge = this.#town.edgeAt(isElsewhere ? chance.whole(0, this.#town.edgeCount - 1) : this.#home);
    const shown = { owner: this.owner, ticket: this.ticket, pass: this.#pass };
    const request: Request = { user: this.user, shown, what };
    this.#asked += 1;
    const number = this.#asked;
    const answered = (answer: Answer | undefined) => {
      if (this.#asked !== number || this.state === "gone") return;
      this.#asked += 1;
      this.#take(what, answer);
    };
    // A read may come twice, as clients and networks make it; a payment is sent once.
    network.send(
      edge,
      () => edge.handle(request, (answer) => network.send(this, () => answered(answer))),
      what.kind !== "payment",
    );
    time.in(this, PATIENCE_MS, () => answered(undefined));
  }

  #take(what: Request["what"], answer: Answer | undefined): void {
    const isPayment = what.kind === "payment";
    switch (answer?.kind) {
      case undefined:
        if (isPayment) this.#paid("unknown");
        this.#later(this.#town.people.againMs, () => this.#goOn());
        return;
      case "limited":
        if (isPayment) this.#paid("not-done");
        this.#later(this.#town.people.againMs, () => this.#goOn());
        return;
      case "waiting":
        if (isPayment) this.#paid("not-done");
        this.#wait(answer);
        return;
      case "admitted":
        this.#enter(answer.pass);
        this.#later(0, () => this.#act());
        return;
      case "forwarded": {
        const { forwarded, pass } = answer;
        if (isPayment) {
          const isDone = forwarded.kind === "answered" && forwarded.status === 200;
          this.#paid(isDone ? "done" : forwarded.kind === "not-done" ? "not-done" : "unknown");
        }
        this.#enter(pass);
        if (what.kind === "end" && forwarded.kind === "answered") {
          this.#leave();
          return;
        }
        this.#think();
        return;
      }
    }
  }

  #wait(answer: Extract<Answer, { kind: "waiting" }>): void {
    const { time, watcher } = this.#town;
    const { ticket, position, afterMs } = answer;
    const before = this.ticket?.id === ticket.id ? this.position : undefined;
    if (position !== undefined) watcher.told(ticket, position, before);
    this.state = "waiting";
    this.ticket = ticket;
    this.#pass = undefined;
    this.position = position ?? before;
    this.toldAtMs = time.nowMs;
    this.#later(afterMs, () => {
      if (time.nowMs >= this.#goesAtMs) return this.#leave();
      this.polls += 1;
      this.#ask({ kind: "poll" });
    });
  }

  #enter(pass: Pass): void {
    const { time, watcher } = this.#town;
    if (this.state !== "in") {
      this.state = "in";
      if (this.inAtMs === 0) this.inAtMs = time.nowMs;
      watcher.entered(this);
    }
    this.#pass = pass;
    this.ticket = undefined;
    this.position = undefined;
  }

  #think(): void {
    const { chance, people } = this.#town;
    this.#later(chance.between(...people.thinkMs), () => this.#act());
  }

  #act(): void {
    const { chance, people } = this.#town;
    if (this.#actions <= 0) {
      if (chance.happens(people.saidToEnd)) {
        this.#ask({ kind: "end" });
        return;
      }
      this.#leave();
      return;
    }
    this.#actions -= 1;
    if (this.#payment === undefined && !chance.happens(people.paying)) {
      this.#ask({ kind: "read" });
      return;
    }
    if (this.#payment === undefined) {
      this.#payments += 1;
      this.#payment = { id: `p${this.number}.${this.#payments}`, tries: 0 };
    }
    this.#payment.tries += 1;
    this.#ask({ kind: "payment", id: this.#payment.id });
  }

  /** After an answer that brought nothing: as before. */
  #goOn(): void {
    const { time } = this.#town;
    if (time.nowMs >= this.#goesAtMs && this.state !== "in") {
      this.#leave();
      return;
    }
    if (this.state === "in") this.#act();
    else this.#ask(this.ticket === undefined ? { kind: "read" } : { kind: "poll" });
  }

  /** What is not done for certain may be tried again; anything else, never. */
  #paid(how: "done" | "not-done" | "unknown"): void {
    const payment = this.#payment;
    if (payment === undefined) return;
    this.#town.watcher.paid(payment.id, how);
    if (how === "not-done" && payment.tries < MOST_TRIES) {
      this.#actions += 1;
      return;
    }
    this.#payment = undefined;
  }

  #leave(): void {
    this.state = "gone";
    this.#town.watcher.left(this);
  }

  #later(afterMs: number, act: () => void): void {
    this.#town.time.in(this, afterMs, act);
  }
}
