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
  queued: {
    title: "El sistema está ocupado. Está usted en la cola.",
    position: "Su puesto en la cola: {count}",
    ahead: "Personas por delante: {count}",
    wait: "Espera estimada: {time}",
    unknown: "Todavía no se puede estimar la espera.",
    paused: "En este momento no entra nadie. La cola seguirá avanzando por sí sola.",
    starts: "Empieza: {time}. Quien esté aquí entonces tendrá un lugar en la cola.",
    kept: "Su puesto está guardado. Puede bloquear el teléfono o abrir otras aplicaciones y volver después a esta página.",
    next: "Cuando llegue su turno, esta página continuará por sí sola.",
    submit:
      "Cuando llegue su turno, vuelva atrás y envíe los datos una sola vez más: esta página nunca lo hace por usted. Hacerlo antes no causa ningún problema: no se envía nada y verá de nuevo esta página.",
    check: "Comprobar ahora",
    turn: "Es su turno",
    submitNow: "Ya puede continuar: vuelva atrás y envíe los datos una sola vez más.",
    stale: "Ahora no hay respuesta, así que lo que ve puede haber cambiado. Esta página sigue consultando.",
    lostTitle: "No se encuentra su puesto",
    lost: "Ya no se encuentra en este navegador. Vuelva a solicitarlo para obtener uno nuevo.",
  },
};
