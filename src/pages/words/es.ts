/** What pages say in Spanish. */
import type { Words } from "./words.ts";

export const es: Words = {
  nothingTaken: "Su solicitud no se ha enviado y no se ha cobrado nada.",
  maintenance: {
    title: "El monedero está en mantenimiento",
    until: "Vuelta prevista: {time}",
    unknownEnd: "Vuelva a intentarlo más tarde.",
  },
  limited: {
    title: "Demasiadas solicitudes, espere un momento",
    whyCaller:
      "Ha habido demasiadas solicitudes desde esta cuenta, este dispositivo o esta red en poco tiempo.",
    whyEverybody:
      "Ha habido demasiadas solicitudes de todos los usuarios en poco tiempo. No se debe a nada que haya hecho usted.",
  },
  usedUp: {
    title: "Este cupo está agotado",
    why: "No se renueva por sí solo, así que volver a intentarlo no servirá.",
  },
  limiterDown: {
    title: "Espere un momento",
    why: "Ahora no se puede saber cuántas solicitudes le quedan, así que esta se ha retenido.",
  },
  again: {
    wait: "Podrá volver a intentarlo en {time}.",
    now: "Ya puede volver a intentarlo.",
    link: "Reintentar",
    submit: "Cuando termine el tiempo, vuelva atrás y envíe los datos una sola vez más.",
    back: "Volver atrás",
  },
};
