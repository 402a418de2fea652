/** What pages say in Korean. */
import type { Words } from "./words.ts";

export const ko: Words = {
  nothingTaken: "이 요청은 전송되지 않았으며, 출금되지 않았습니다.",
  maintenance: {
    title: "시스템 점검 중입니다",
    until: "재개 예정: {time}",
    unknownEnd: "잠시 후 다시 시도해 주세요.",
  },
  limited: {
    title: "요청이 너무 많습니다. 잠시 기다려 주세요",
    whyCaller: "짧은 시간에 이 계정, 기기 또는 네트워크에서 너무 많은 요청이 있었습니다.",
    whyEverybody: "짧은 시간에 전체 사용자의 요청이 너무 많았습니다. 고객님의 잘못이 아닙니다.",
  },
  usedUp: {
    title: "한도를 모두 사용했습니다",
    why: "이 한도는 자동으로 회복되지 않으므로 다시 시도해도 처리되지 않습니다.",
  },
  limiterDown: {
    title: "잠시 기다려 주세요",
    why: "남은 요청 수를 지금 확인할 수 없어 이 요청을 보류했습니다.",
  },
  again: {
    wait: "{time} 후에 다시 시도할 수 있습니다.",
    now: "이제 다시 시도할 수 있습니다.",
    link: "다시 시도",
    submit: "시간이 지나면 이전 페이지로 돌아가 한 번만 다시 제출해 주세요.",
    back: "이전 페이지로",
  },
};
