/** Who comes to a world, and when. */
import type { Agenda } from "../support/agenda.ts";
import { Person, type Town } from "./person.ts";

/** @param fromMs nobody comes before; the true time, epoch milliseconds */
export function peopleOf(town: Town, fromMs: number): Person[] {
  const { people, chance } = town;
  const all: Person[] = [];
  for (let number = 0; number < people.count; number += 1) {
    const { rush } = people;
    const withinMs = rush !== undefined && chance.happens(rush.share) ? rush.withinMs : people.withinMs;
    const comesAtMs = fromMs + chance.between(0, withinMs);
    const isSignedIn = chance.happens(people.signedIn);
    const user = `u${number}`;
    const owner = isSignedIn ? user : undefined;
    all.push(new Person(all.length, comesAtMs, user, owner, town));
    if (isSignedIn) all.push(new Person(all.length, comesAtMs + chance.between(0, 5000), user, owner, town));
  }
  return all;
}

/** @param isBig one after another: a million who are yet to come would make each step of the agenda slower */
export function letCome(people: readonly Person[], agenda: Agenda, isBig: boolean): void {
  if (!isBig) {
    for (const person of people) agenda.at(person.comesAtMs, () => person.come());
    return;
  }
  const byTime = people.toSorted((a, b) => a.comesAtMs - b.comesAtMs);
  const comeFrom = (index: number): void => {
    const next = byTime[index];
    if (next === undefined) return;
    agenda.at(next.comesAtMs, () => {
      next.come();
      comeFrom(index + 1);
    });
  };
  comeFrom(0);
}
