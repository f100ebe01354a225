// Arabic: which way media goes, what that costs, and who decides it.

import { apart, counting } from './counting.js';

/** @type {(count: number, forms: Record<Intl.LDMLPluralRule, string>) => string} */
const count = counting('ar');

/** What is said of direct calls, whatever the number. @param {string} most */
const directly = (most) =>
  `مباشرة بين المتصفحات ما دام ذلك مفيدًا للمكالمة وعدد المشاركين ${most}، وإلا فعبر الخادم. من يتصل بك مباشرة يستطيع معرفة عنوانك.`;

export const arCosts = {
  paths: {
    reason: {
      policy: (/** @type {string} */ name) => `قرّر المضيف أي طريق تسلكه صورة ${apart(name)} وصوته.`,
      rules: () => 'لا يُسمح للضيوف هنا بإرسال كل شيء، لذلك يرسل الجميع إلى الخادم.',
      whip: (/** @type {string} */ name) => `يبث ${apart(name)} عبر WHIP، وهو لا يصل إلا إلى الخادم.`,
      watched: (/** @type {string} */ name) => `هناك من يشاهد ${apart(name)} عبر WHEP، وهو لا يأتي إلا من الخادم.`,
      mixed: () => 'تُمزج الغرفة لأحد المشاركين، لذلك يرسل الجميع إلى الخادم.',
      'leg-failed': (/** @type {string} */ name) => `تعذّر اتصال مباشر بين ${apart(name)} ومشارك آخر.`,
      'room-size': (/** @type {string} */ name) =>
        `عدد المشاركين أكبر مما يُربط مباشرة هنا، لذلك يرسل ${apart(name)} مرة واحدة إلى الخادم.`,
      screen: (/** @type {string} */ name) => `يشارك ${apart(name)} شاشته مع عدة أشخاص ويرسلها مرة واحدة.`,
      uplink: (/** @type {string} */ name) => `لا تتسع سعة الرفع لدى ${apart(name)} لنسخة لكل مشارك.`,
      cpu: (/** @type {string} */ name) => `لا يستطيع جهاز ${apart(name)} ترميز نسخة لكل مشارك.`,
      'leg-poor': (/** @type {string} */ name) => `الاتصالات المباشرة لدى ${apart(name)} تفقد الكثير أو تتأخر كثيرًا.`,
      unreached: (/** @type {string} */ name) => `لا يمكن الوصول إلى الخادم من مكان ${apart(name)}.`,
      small: (/** @type {string} */ name) => `لا شيء يمنع ربط ${apart(name)} مباشرة.`,
    },
  },

  policy: {
    heading: 'كيف تنتقل الصورة والصوت',
    options: 'خيارات',
    auto: 'تلقائيًا',
    only: 'مباشرة فقط',
    never: 'عبر الخادم فقط',
    hints: {
      auto: 'مباشرة ما دام ذلك مفيدًا للمكالمة',
      only: 'لا يرى الخادم الصورة والصوت أبدًا، ويستطيع الجميع معرفة عنوانك',
      never: 'لا يعرف أحد عنوانك، ويرى الخادم الصورة والصوت',
    },
    most: 'مباشرة إذا لم يزد المشاركون على',
    people: (/** @type {number} */ people) =>
      count(people, {
        zero: 'لا أحد',
        one: 'شخص واحد',
        two: 'شخصان',
        few: '# أشخاص',
        many: '# شخصًا',
        other: '# شخص',
      }),
    means: {
      auto: (/** @type {number} */ people) =>
        count(people, {
          zero: directly('صفر'),
          one: directly('واحد فقط'),
          two: directly('اثنان على الأكثر'),
          few: directly('# على الأكثر'),
          many: directly('# على الأكثر'),
          other: directly('# على الأكثر'),
        }),
      only: 'لا يرى الخادم الصورة والصوت أبدًا. يستطيع كل من هنا معرفة عنوانك.',
      never: 'لا يعرف أحد هنا عنوانك، ويرى الخادم الصورة والصوت.',
    },
    change: 'تغيير',
    apply: 'تطبيق على الجميع',
    note: 'يسري من الآن على كل من في الغرفة، ولا ينقطع أحد.',
  },

  costs: {
    title: (/** @type {string} */ room) => `${room}: الكلفة · visavis`,
    heading: 'كلفة هذه المكالمة',
    lead: 'كما تُقاس الآن، وإلى جانبها كلفة الغرفة نفسها لو سلكت طرقًا أخرى.',
    tab: 'الكلفة',
    connections: 'الاتصالات',
    toCall: 'إلى المكالمة',
    openPage: 'في صفحة مستقلة',
    loading: 'يُسأل الخادم…',
    lost: 'لا يجيب الخادم. ما تراه هو آخر ما قاله. تجري إعادة المحاولة…',
    empty: 'لا أحد في هذه الغرفة',
    emptyAdvice: 'عندما ينضم أحد سيظهر هنا ما تكلّفه المكالمة للجميع وللخادم.',

    now: 'الآن',
    mesh: 'شبكة',
    star: 'نجمة',
    mix: 'مزج',
    hybrid: 'مختلط',
    is: {
      mesh: 'شبكة: الجميع يرسل إلى الجميع.',
      star: 'نجمة: الجميع يرسل مرة واحدة إلى الخادم.',
      hybrid: 'مختلط: بعضهم يرسل إلى الجميع، وبعضهم مرة واحدة إلى الخادم.',
    },
    means: {
      mesh: 'كل مشارك يرسل نسخة إلى كل من الآخرين. لا عمل للخادم.',
      star: 'كل مشارك يرسل مرة واحدة بعدة أحجام، ويمرّر الخادم إلى كل واحد ما يناسبه (SFU).',
      mix: 'كل مشارك يرسل مرة واحدة، ويصنع الخادم من الجميع صورة واحدة يرسلها إلى كل واحد (MCU).',
    },

    measured: 'كما تُقاس الآن',
    who: 'من',
    way: 'الطريق',
    up: 'يرسل',
    down: 'يستقبل',
    uplink: 'سعة الرفع، تقديرًا',
    encoders: 'يرمّز',
    decoders: 'يفك الترميز',
    rtt: 'ذهاب وإياب',
    server: 'الخادم',
    serverHeading: 'الخادم، لهذه الغرفة',
    in: 'الوارد',
    out: 'الصادر',
    packets: 'الحزم',
    packetsIn: 'الحزم الواردة',
    packetsOut: 'الحزم الصادرة',
    cpu: 'المعالج',
    mixCpu: 'المعالج، المزج',
    perSecond: (/** @type {string} */ number) => `${number}/ث`,
    ofCore: (/** @type {string} */ part) => `${part} من نواة`,
    bytes: (/** @type {string} */ number) => `${number} بايت`,
    seconds: (/** @type {string} */ number) => `${number} ث`,
    micros: (/** @type {string} */ number) => `${number} م.ث.م`,
    unknown: 'غير معروف',
    silent: {
      classic: (/** @type {string} */ names) => `${names}: عميل البروتوكول الكلاسيكي لا يقول شيئًا عن نفسه.`,
      whip: (/** @type {string} */ names) => `${names}: من يبث عبر WHIP لا يقول شيئًا عن نفسه.`,
      silent: (/** @type {string} */ names) => `${names}: لم يقل كل شيء بعد، أو لا يعرفه متصفحه.`,
    },
    kinds: { classic: 'كلاسيكي', whip: 'WHIP' },

    compared: 'الغرفة نفسها بطرق أخرى',
    comparedHint: 'الأخضر مقيس، والرمادي محسوب منه لصور بجودتها الحالية.',
    seenFrom: 'من جهة',
    person: (/** @type {string} */ name) => `الكلفة على ${apart(name)}`,
    encodes: 'يرمّز صورًا',
    decodes: 'يفك ترميز صور',
    packetsPerSecond: 'الحزم في الثانية',
    tooMuch: (/** @type {string} */ uplink) => `أكثر مما تتسع له سعة الرفع: ${uplink}`,
    atLeast: (/** @type {string} */ figure) => `${figure} فأكثر`,
    why: {
      rate: 'غير معروف: لا يُرسل شيء الآن، أو لا أحد يقول كم',
      cpu: 'غير معروف: ما يمر عبر الخادم الآن أقل من أن يكفي',
      mix: 'غير معروف: يُقاس ما دامت الغرفة ممزوجة',
    },

    formulas: 'كيف حُسب ذلك',
    formulaOf: {
      up: 'يرسل',
      down: 'يستقبل',
      encoders: 'يرمّز',
      decoders: 'يفك الترميز',
      in: 'وارد الخادم',
      out: 'صادر الخادم',
      packets: 'حزم/ث، k',
      cpu: 'المعالج',
    },
    symbols: {
      e: 'صورة شخص واحد وصوته، مرة واحدة: ما يرسله مقسومًا على عدد النسخ التي يرسلها الآن',
      n: 'عدد الآخرين الذين يصلهم',
      p: 'عدد الصور التي يرسلها',
      s: (/** @type {string} */ part) => `الأحجام الأصغر للكاميرا إلى جانب الأكبر؛ يُفترض: ${part} منه`,
      m: 'الصورة والصوت الممزوجان؛ يُفترض: بقدر أكبر e',
      r: 'عدد من يستقبلونه',
      b: (/** @type {string} */ size) => `حمولة الحزمة، كما قيست: ${size}`,
      bAssumed: (/** @type {string} */ size) => `حمولة الحزمة؛ مفترضة لأن الخادم لا يجد ما يقيسه: ${size}`,
      c: 'زمن المعالج للحزمة، كما قيس',
      x: 'زمن المعالج للمزج، كما قيس',
    },
    asIf: 'عملاء البروتوكول الكلاسيكي يتصلون مباشرة فقط، ومن يبث عبر WHIP يصل إلى الخادم فقط: حُسبوا كأنهم يستطيعون الأمرين، بصورة واحدة لكل منهم.',
    leastNote: '«فأكثر»: هذا القدر على الأقل، فما يرسله أحدهم غير معروف.',

    switches: 'التبديلات',
    noSwitches: 'لا تبديل بعد. الجميع على الطريق الذي بدأ به.',
    outcomes: { open: 'جارٍ', committed: 'تم', undone: 'أُلغي' },
    forced: 'فورًا، أيًّا كان من استعد',
    took: (/** @type {string} */ time) => `استغرق ${time}`,
    takes: (/** @type {string} */ time) => `منذ ${time}`,
    gap: (/** @type {string} */ name) => `ما فات ${apart(name)}`,
    picture: (/** @type {string} */ time) => `الصورة ${time}`,
    sound: (/** @type {string} */ time) => `الصوت ${time}`,
    nothing: 'لا شيء',
    noGaps: 'لم يقل أحد بعد ماذا فاته.',
    late: (/** @type {string} */ names) => `لم يستعد في الوقت: ${names}`,
    gone: 'شخص غادر',
    fromTo: (/** @type {string} */ from, /** @type {string} */ to) => `من ${from} إلى ${to}`,
    ways: { direct: 'مباشر', forward: 'الخادم' },
  },
};
