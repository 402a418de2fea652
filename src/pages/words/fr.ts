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
  queued: {
    title: "Le système est très sollicité. Vous êtes dans la file d’attente.",
    position: "Votre place dans la file : {count}",
    ahead: "Personnes devant vous : {count}",
    wait: "Attente estimée : {time}",
    unknown: "L’attente ne peut pas encore être estimée.",
    paused: "Les entrées sont suspendues pour le moment. La file avancera d’elle-même dès leur reprise.",
    starts: "Ouverture : {time}. Toute personne présente à ce moment aura une place dans la file.",
    kept: "Votre place est conservée. Vous pouvez verrouiller votre téléphone ou ouvrir d’autres applications, puis revenir à cette page.",
    next: "Quand votre tour viendra, cette page continuera d’elle-même.",
    submit:
      "Quand votre tour viendra, revenez en arrière et envoyez une seule fois de plus : cette page ne le fait jamais à votre place. Le faire trop tôt est sans conséquence : rien n’est transmis et vous revoyez cette page.",
    check: "Vérifier maintenant",
    turn: "C’est votre tour",
    submitNow: "Vous pouvez continuer : revenez en arrière et envoyez une seule fois de plus.",
    stale: "Pas de réponse pour l’instant : ce que vous voyez a pu changer. Cette page continue de vérifier.",
    lostTitle: "Votre place est introuvable",
    lost: "Elle est introuvable dans ce navigateur. Refaites la demande pour en obtenir une nouvelle.",
  },
};
