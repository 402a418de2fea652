/** What pages say in French. */
import type { Words } from "./words.ts";

export const fr: Words = {
  nothingTaken: "Votre demande n’a pas été transmise et rien n’a été débité.",
  maintenance: {
    title: "Le portefeuille est en maintenance",
    until: "Retour prévu : {time}",
    unknownEnd: "Veuillez réessayer plus tard.",
  },
  limited: {
    title: "Trop de demandes, veuillez patienter",
    whyCaller: "Trop de demandes sont venues de ce compte, de cet appareil ou de ce réseau en peu de temps.",
    whyEverybody:
      "Trop de demandes sont venues de l’ensemble des utilisateurs en peu de temps. Vous n’y êtes pour rien.",
  },
  usedUp: {
    title: "Ce quota est épuisé",
    why: "Il ne se renouvelle pas de lui-même : réessayer ne servira à rien.",
  },
  limiterDown: {
    title: "Veuillez patienter un instant",
    why: "Le nombre de demandes qu’il vous reste ne peut pas être vérifié pour le moment, celle-ci a donc été retenue.",
  },
  again: {
    wait: "Vous pourrez réessayer dans {time}.",
    now: "Vous pouvez réessayer maintenant.",
    link: "Réessayer",
    submit: "Une fois le délai écoulé, revenez en arrière et envoyez une seule fois de plus.",
    back: "Revenir en arrière",
  },
};
