/** What pages say in French. */
import type { Words } from "./words.ts";

export const fr: Words = {
  name: "Français",
  languages: "Langue",
  notTaken: "Rien n’a été débité",
  nothingTaken: "Votre demande n’a pas été transmise à la banque : aucun argent n’a bougé.",
  maintenance: {
    title: "Le portefeuille est en maintenance",
    until: "Retour prévu : {time}",
    unknownEnd: "Veuillez réessayer plus tard.",
    over: "La maintenance devrait être terminée. Vous pouvez réessayer maintenant.",
    worksTitle: "Ce qui fonctionne toujours",
  },
  limited: {
    title: "Trop de demandes, veuillez patienter",
    whyCaller: "Trop de demandes sont venues de ce compte, de cet appareil ou de ce réseau en peu de temps.",
    whyEverybody:
      "Trop de demandes sont venues de l’ensemble des utilisateurs en peu de temps. Vous n’y êtes pour rien.",
  },
  usedUp: {
    title: "Ce quota est épuisé",
    why: "Il ne se renouvelle pas de lui-même : réessayer ne servira à rien.",
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
    position: "Votre place dans la file : {count}",
    ahead: "Personnes devant vous : {count}",
    wait: "Attente estimée : {time}",
    unknown: "L’attente ne peut pas encore être estimée.",
    paused: "Les entrées sont suspendues pour le moment. La file avancera d’elle-même dès leur reprise.",
    starts: "Ouverture : {time}. Toute personne présente à ce moment aura une place dans la file.",
    kept: "Vous pouvez verrouiller votre téléphone ou ouvrir d’autres applications, puis revenir à cette page : votre place ne change pas.",
    next: "Quand votre tour viendra, cette page continuera d’elle-même.",
    submit:
      "Quand votre tour viendra, revenez en arrière et envoyez une seule fois de plus : cette page ne le fait jamais à votre place. Le faire trop tôt est sans conséquence : rien n’est transmis et vous revoyez cette page.",
    check: "Vérifier maintenant",
    turn: "C’est votre tour",
    submitNow: "Vous pouvez continuer : revenez en arrière et envoyez une seule fois de plus.",
    stale: "Pas de réponse pour l’instant : ce que vous voyez a pu changer. Cette page continue de vérifier.",
    lostTitle: "Votre place est introuvable",
    lost: "Elle est introuvable dans ce navigateur. Refaites la demande pour en obtenir une nouvelle.",
    first: "Vous êtes la prochaine personne",
    clock: "vers {time}",
    progress: "Progression dans la file",
    keptTitle: "Votre place est conservée",
    keptUntil: "Conservée jusqu’à : {time}.",
    nextTitle: "Et ensuite ?",
    nextPlain: "Quand votre tour sera venu, « Vérifier maintenant » vous permettra de continuer.",
    askAgain: "Reprendre la file",
    goOn: "Continuer",
  },
  help: {
    title: "Est-ce la banque ou ma connexion ?",
    loaded: "Cette page vous est parvenue : votre connexion fonctionne.",
    fine: "Votre connexion fonctionne (aller-retour : {time}).",
    slow: "Votre connexion est lente (aller-retour : {time}) : cette page peut avoir du retard. Votre place n’en dépend pas.",
    offline:
      "Vous êtes hors ligne. Votre place est conservée et cette page vérifiera de nouveau dès votre retour.",
    busy: "Le système est très sollicité, pour tout le monde.",
    busyCount: "Le système est très sollicité, pour tout le monde. Personnes en attente : {count}.",
  },
  quiet: {
    title: "Quand y a-t-il moins de monde ?",
    label: "Personnes en attente ces dernières 24 heures",
    fewest: "Le plus calme relevé ces dernières 24 heures : {time}",
  },
  tell: {
    button: "Me prévenir quand ce sera mon tour",
    on: "Activé, sans son. Tant que vous voyez cette page, elle vous prévient aussitôt. En arrière-plan, elle ne vérifie rien et vous rappelle vers l’heure estimée.",
    denied: "Ce navigateur n’autorise pas les notifications : le titre de cette page vous préviendra.",
    near: "Votre tour approche peut-être, venez voir",
  },
  leave: {
    title: "Quitter la file",
    text: "Votre place ne sera plus conservée. Si vous revenez, vous repartirez du bout de la file.",
    button: "Renoncer à ma place et quitter",
    doneTitle: "Vous avez quitté la file",
    done: "Vous avez renoncé à votre place.",
  },
  difference: {
    title: "Quelle différence entre « système très sollicité » et « opération échouée » ?",
    busy: "Système très sollicité : trop de personnes en même temps. La demande n’est pas parvenue à la banque et rien n’a été débité. Quand votre tour viendra, tout fonctionnera comme d’habitude.",
    failed:
      "Opération échouée : la banque l’a traitée et a donné le résultat ; c’est elle qui en indique la raison. Cette page ne le dit jamais à sa place et ne modifie jamais sa réponse.",
  },
  links: {
    support: "Contacter l’assistance",
    status: "État du service",
    home: "Aller à l’accueil",
  },
  update: {
    text: "Votre version de l’application est trop ancienne. Mettez-la à jour avant de continuer.",
    link: "Mettre à jour l’application",
  },
  failure: {
    busyTitle: "Le système est très sollicité",
    busy: "La capacité disponible est trop faible pour le moment. Veuillez réessayer un peu plus tard.",
    downTitle: "Le système est injoignable",
    down: "Le portefeuille n’a pas pu être joint. Vous pouvez réessayer : rien ne sera fait deux fois.",
    lateTitle: "Le système n’a pas répondu à temps",
    late: "Le portefeuille n’a pas répondu à temps. Vous pouvez réessayer : rien ne sera fait deux fois.",
    errorTitle: "Une erreur s’est produite de notre côté",
    error:
      "Le système a rencontré une erreur et n’a pas pu répondre. Vous n’y êtes pour rien. Veuillez réessayer.",
    unknownTitle: "Ne payez pas une seconde fois",
    unknown:
      "La demande a été transmise, mais aucun résultat n’est revenu : l’opération a peut-être abouti, ou peut-être pas.",
    stay: "Ne payez pas de nouveau pour l’instant.",
    look: "Consultez d’abord votre solde et la liste de vos opérations.",
    ask: "En cas de doute, contactez l’assistance avant de payer de nouveau.",
    account: "Voir le solde et les opérations",
    reference: "Référence pour l’assistance : {id}",
  },
  status: {
    normal: "Fonctionne normalement",
    busy: "Très sollicité : des personnes attendent",
    planned: "Maintenance prévue : {time}",
    onlyMe:
      "Si tout est normal ici et que cela ne fonctionne toujours pas pour vous, cela vient sans doute de votre connexion ou de votre appareil.",
    asOf: "Situation : {time}",
    refresh: "Actualiser",
  },
};
