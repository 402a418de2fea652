/** What pages say in English. */
import type { Words } from "./words.ts";

export const en: Words = {
  nothingTaken: "Your request was not sent on, and nothing was taken.",
  maintenance: {
    title: "The wallet is being worked on",
    until: "Expected back: {time}",
    unknownEnd: "Please try again later.",
  },
  limited: {
    title: "Too many requests, please wait",
    whyCaller: "Too many requests came from this account, device or network in a short time.",
    whyEverybody:
      "Too many requests came from all users together in a short time. It is nothing that you did.",
  },
  usedUp: {
    title: "This quota is used up",
    why: "It does not come back by itself, so trying again will not help.",
  },
  limiterDown: {
    title: "Please wait a moment",
    why: "It cannot be told at present how many requests you have left, so this one was held back.",
  },
  again: {
    wait: "You can try again in {time}.",
    now: "You can try again now.",
    link: "Try again",
    submit: "When the time is over, go back and submit once more.",
    back: "Go back",
  },
  queued: {
    title: "The system is busy. You are in line.",
    position: "Your place in line: {count}",
    ahead: "People ahead of you: {count}",
    wait: "Estimated wait: {time}",
    unknown: "The wait cannot be estimated yet.",
    paused: "Nobody is being let in at the moment. The line will move on by itself.",
    starts: "It starts at {time}. Whoever is here then has a place in line.",
    kept: "Your place is kept. You may lock your phone or open other apps, then come back to this page.",
    next: "When your turn comes, this page goes on by itself.",
    submit:
      "When your turn comes, go back and submit once more: this page never does it for you. Too early does no harm: nothing is sent, and you see this page again.",
    check: "Check now",
    turn: "It is your turn",
    submitNow: "You can go on now: go back and submit once more.",
    stale: "No answer just now, so what you see may have changed. This page keeps asking.",
    lostTitle: "Your place was not found",
    lost: "It can no longer be found in this browser. Ask again to get a new one.",
  },
};
