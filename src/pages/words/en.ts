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
};
