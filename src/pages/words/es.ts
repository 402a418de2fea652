/** What pages say in Spanish. */
import type { Words } from "./words.ts";

export const es: Words = {
  name: "Español",
  languages: "Idioma",
  notTaken: "No se ha cobrado nada",
  nothingTaken: "Su solicitud no se ha enviado al banco, así que no se ha movido dinero.",
  maintenance: {
    title: "El monedero está en mantenimiento",
    until: "Vuelta prevista: {time}",
    unknownEnd: "Vuelva a intentarlo más tarde.",
    over: "El mantenimiento debería haber terminado. Ya puede volver a intentarlo.",
    worksTitle: "Qué sigue funcionando",
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
    kept: "Puede bloquear el teléfono o abrir otras aplicaciones y volver después a esta página: su puesto no cambia.",
    next: "Cuando llegue su turno, esta página continuará por sí sola.",
    submit:
      "Cuando llegue su turno, vuelva atrás y envíe los datos una sola vez más: esta página nunca lo hace por usted. Hacerlo antes no causa ningún problema: no se envía nada y verá de nuevo esta página.",
    check: "Comprobar ahora",
    turn: "Es su turno",
    submitNow: "Ya puede continuar: vuelva atrás y envíe los datos una sola vez más.",
    stale: "Ahora no hay respuesta, así que lo que ve puede haber cambiado. Esta página sigue consultando.",
    lostTitle: "No se encuentra su puesto",
    lost: "Ya no se encuentra en este navegador. Vuelva a solicitarlo para obtener uno nuevo.",
    first: "Usted es la siguiente persona",
    clock: "hacia las {time}",
    progress: "Avance en la cola",
    keptTitle: "Su puesto está guardado",
    keptUntil: "Guardado hasta: {time}.",
    nextTitle: "Qué pasa ahora",
    nextPlain: "Cuando llegue su turno, «Comprobar ahora» le permitirá continuar.",
    askAgain: "Volver a la cola",
    goOn: "Continuar",
  },
  help: {
    title: "¿Es el banco o es mi conexión?",
    loaded: "Esta página le ha llegado, así que su conexión funciona.",
    fine: "Su conexión funciona (ida y vuelta: {time}).",
    slow: "Su conexión es lenta (ida y vuelta: {time}) y esta página puede ir con retraso. Su puesto no se ve afectado.",
    offline:
      "No tiene conexión. Su puesto está guardado y esta página volverá a consultar cuando la recupere.",
    busy: "El sistema está ocupado, para todo el mundo.",
    busyCount: "El sistema está ocupado, para todo el mundo. Personas en espera: {count}.",
  },
  quiet: {
    title: "¿Cuándo hay menos gente?",
    label: "Personas en espera en las últimas 24 horas",
    fewest: "Lo más tranquilo registrado en las últimas 24 horas: {time}",
  },
  tell: {
    button: "Avisarme cuando sea mi turno",
    on: "Activado, sin sonido. Mientras vea esta página, le avisará al momento. En segundo plano no consulta nada y le avisará hacia la hora estimada.",
    denied: "Este navegador no permite notificaciones, así que le avisará el título de esta página.",
    near: "Su turno puede estar cerca, compruébelo",
  },
  leave: {
    title: "Salir de la cola",
    text: "Su puesto dejará de guardarse. Si vuelve, empezará al final de la cola.",
    button: "Renunciar a mi puesto y salir",
    doneTitle: "Ha salido de la cola",
    done: "Ha renunciado a su puesto.",
  },
  difference: {
    title: "¿En qué se diferencia «sistema ocupado» de «operación fallida»?",
    busy: "Sistema ocupado: hay demasiadas personas a la vez. La solicitud no ha llegado al banco y no se ha cobrado nada. Cuando llegue su turno, todo funcionará como siempre.",
    failed:
      "Operación fallida: el banco la ha tramitado y ha comunicado el resultado; el motivo es el que indique el banco. Esta página nunca lo dice en lugar del banco ni cambia su respuesta.",
  },
  links: {
    support: "Contactar con soporte",
    status: "Estado del servicio",
    home: "Ir al inicio",
  },
  update: {
    text: "Su versión de la aplicación es demasiado antigua. Actualícela antes de continuar.",
    link: "Actualizar la aplicación",
  },
  failure: {
    busyTitle: "El sistema está ocupado",
    busy: "Ahora mismo hay muy poca capacidad para atender solicitudes. Vuelva a intentarlo un poco más tarde.",
    downTitle: "No se puede conectar con el sistema",
    down: "No se ha podido conectar con el monedero. Puede volver a intentarlo: nada se hará dos veces.",
    lateTitle: "El sistema no ha respondido a tiempo",
    late: "El monedero no ha respondido a tiempo. Puede volver a intentarlo: nada se hará dos veces.",
    errorTitle: "Algo ha fallado en nuestro sistema",
    error:
      "El sistema ha tenido un error y no ha podido responder. No se debe a nada que usted haya hecho. Vuelva a intentarlo.",
    unknownTitle: "No vuelva a pagar",
    unknown:
      "La solicitud se envió, pero no llegó ningún resultado: la operación puede haberse realizado o no.",
    stay: "Por ahora, no vuelva a pagar.",
    look: "Mire primero su saldo y su lista de operaciones.",
    ask: "Si sigue sin estar claro, contacte con soporte antes de volver a pagar.",
    account: "Ver saldo y operaciones",
    reference: "Referencia para soporte: {id}",
  },
  status: {
    normal: "Funciona con normalidad",
    busy: "Ocupado: hay gente en la cola",
    planned: "Mantenimiento previsto: {time}",
    onlyMe:
      "Si aquí todo es normal y aun así no le funciona, lo más probable es que se deba a su conexión o a su dispositivo.",
    asOf: "Situación a {time}",
    refresh: "Actualizar",
  },
};
