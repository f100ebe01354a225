// Arabic: what is said during a call only.

import { apart, counting } from './counting.js';

/** @type {(count: number, forms: Record<Intl.LDMLPluralRule, string>) => string} */
const count = counting('ar');

/** A place in an order is said the same way whatever the number. */
const PLACE = 'اليد مرفوعة، الترتيب #';

export const arCall = {
  actions: {
    share: 'مشاركة الشاشة',
    shareStop: 'إنهاء المشاركة',
    handUp: 'رفع اليد',
    handDown: 'إنزال اليد',
    react: 'تفاعل',
    openPeople: 'عرض المشاركين',
    closePeople: 'إغلاق المشاركين',
    grid: 'الجميع بالحجم نفسه',
    speaker: 'تكبير المتحدث',
    screenLarge: 'تكبير الشاشة',
    pip: 'صورة داخل صورة',
    pipEnd: 'إنهاء صورة داخل صورة',
    fullScreen: 'ملء الشاشة',
    fullScreenEnd: 'إنهاء ملء الشاشة',
    settings: 'الأجهزة',
    openStats: 'عرض الإحصاءات',
    closeStats: 'إغلاق الإحصاءات',
    help: 'اختصارات لوحة المفاتيح',
    more: 'المزيد',
    corner: 'نقل صورتك إلى الزاوية التالية',
    close: 'إغلاق',
  },

  said: {
    micOn: 'الميكروفون يعمل',
    micOff: 'الميكروفون مكتوم',
    cameraOn: 'الكاميرا تعمل',
    cameraOff: 'الكاميرا متوقفة',
    handUp: 'يدك مرفوعة',
    handDown: 'يدك منخفضة',
  },

  people: {
    heading: 'المشاركون',
    list: 'كل من في المكالمة',
    host: 'المضيف',
    hand: 'اليد مرفوعة',
    handNumber: (/** @type {number} */ place) =>
      count(place, {
        zero: PLACE,
        one: 'اليد مرفوعة، الأول',
        two: 'اليد مرفوعة، الثاني',
        few: PLACE,
        many: PLACE,
        other: PLACE,
      }),
    micOn: 'الميكروفون يعمل',
    sharing: 'يشارك الشاشة',
    away: 'غائب للحظة',
    menu: (/** @type {string} */ name) => `خيارات ${apart(name)}`,
    raised: (/** @type {string} */ name) => `${apart(name)} يرفع يده`,
    shares: (/** @type {string} */ name) => `${apart(name)} يشارك الشاشة`,
    sharesNoMore: (/** @type {string} */ name) => `${apart(name)} أنهى المشاركة`,
    screenOf: (/** @type {string} */ name) => `شاشة ${apart(name)}`,
  },

  options: {
    pin: 'تثبيت: يبقى كبيرًا',
    unpin: 'إلغاء التثبيت',
    pinned: 'مثبّت',
    volume: 'مستوى الصوت، عندك فقط',
    fullScreen: 'هذه الصورة وحدها',
    pathUnknown: 'لا اتصال بعد: ما زال المتصفحان يبحثان عن طريق بينهما.',
  },

  reactions: {
    heading: 'إرسال تفاعل',
    own: (/** @type {string} */ emoji) => `أنت: ${emoji}`,
    from: (/** @type {string} */ name, /** @type {string} */ emoji) => `${apart(name)}: ${emoji}`,
    thumb: 'إعجاب',
    heart: 'قلب',
    clap: 'تصفيق',
    laugh: 'ضحك',
    wow: 'دهشة',
    party: 'احتفال',
  },

  sharing: {
    active: 'أنت تشارك شاشتك',
    sound: 'مع الصوت',
    quality: 'الأنسب لـ',
    text: 'نص',
    motion: 'حركة',
    dialog: 'مشاركة شاشتك',
    advice: 'سيسألك المتصفح بعد ذلك عن النافذة أو الشاشة. تبقى كاميرتك تعمل.',
    textHint: 'حروف واضحة وصور أقل في الثانية',
    motionHint: 'أفلام وألعاب بحركة سلسة',
    withSound: 'مشاركة الصوت أيضًا حيث يستطيع المتصفح',
    go: 'اختر ما تشاركه',
    denied: 'لا تتم مشاركة شيء: لم يُسمح للمتصفح أو لم يُختر شيء.',
    missing: 'لا يستطيع هذا المتصفح مشاركة الشاشة.',
    failed: 'تعذّرت مشاركة الشاشة. جرّب نافذة أخرى.',
  },

  settings: {
    heading: 'الأجهزة',
    mic: 'الميكروفون',
    camera: 'الكاميرا',
    output: 'مكبّر الصوت',
    none: 'لم يُعثر على شيء',
    noOutput: 'يُشغّل هذا المتصفح الصوت حيث يحدد النظام.',
  },

  stats: {
    heading: 'الإحصاءات',
    total: 'المجموع',
    up: 'المُرسل',
    down: 'المُستقبل',
    rtt: 'زمن الذهاب والإياب',
    loss: 'الفاقد',
    jitter: 'التذبذب',
    fps: 'الصور في الثانية',
    size: 'الصورة',
    none: 'لا شيء',
    nobody: 'عندما يأتي أحد سيظهر هنا كيف حال الاتصال به.',
    copy: 'نسخ كنص',
    copied: 'نُسخ: الصقه حيث يمكن لأحد أن يساعد.',
    plot: (/** @type {string} */ now, /** @type {string} */ most) => `الآن ${now}، وأقصاه ${most} في الدقيقة الأخيرة`,
    kbit: (/** @type {string} */ number) => `${number} كبت/ث`,
    mbit: (/** @type {string} */ number) => `${number} مبت/ث`,
    ms: (/** @type {string} */ number) => `${number} م.ث`,
    fpsShort: (/** @type {string} */ number) => `${number} صورة/ث`,
  },

  help: {
    heading: 'اختصارات لوحة المفاتيح',
    mute: 'تشغيل الميكروفون أو كتمه',
    camera: 'تشغيل الكاميرا أو إيقافها',
    share: 'مشاركة الشاشة أو إنهاؤها',
    hand: 'رفع اليد أو إنزالها',
    react: 'إرسال تفاعل',
    chat: 'الدردشة',
    people: 'المشاركون',
    layout: 'الحجم نفسه أو تكبير المتحدث',
    fullscreen: 'ملء الشاشة',
    pip: 'صورة داخل صورة',
    stats: 'الإحصاءات',
    settings: 'الأجهزة',
    help: 'هذه القائمة',
    escape: 'إغلاق المفتوح',
    escapeKey: 'Esc',
    letters: 'استخدام الحروف المفردة كاختصارات',
  },

  hints: {
    mutedSpeaking: 'ميكروفونك مكتوم. لا أحد يسمعك.',
    silentMic: 'لا يصل أي صوت من ميكروفونك. هل هو مغلق أم تقصد ميكروفونًا آخر؟',
    badNetwork: 'الاتصال ضعيف. ستصغر الصور لبعض الوقت.',
    badNetworkWith: (/** @type {string} */ name) => `الاتصال مع ${apart(name)} ضعيف.`,
    noPath: (/** @type {string} */ name) =>
      `لم يُعثر على طريق إلى ${apart(name)}. تستمر المحاولة، وقد تساعد شبكة أخرى مثل شبكة الهاتف.`,
    unplugged: {
      mic: 'فُصل ميكروفونك. سيُستخدم غيره إن وُجد.',
      camera: 'فُصلت كاميرتك. ستُستخدم غيرها إن وُجدت.',
    },
    elsewhere: 'أنت في هذه الغرفة في علامة تبويب أخرى أيضًا، فيُسمع صوتك مرتين.',
    useHere: 'هذه العلامة فقط',
    chooseDevice: 'اختيار جهاز',
    pipFailed: 'لا يتيح المتصفح صورة داخل صورة لهذا الآن.',
    fullScreenFailed: 'لا يتيح المتصفح ملء الشاشة هنا.',
    outputFailed: 'تعذّر استخدام مكبّر الصوت هذا. يبقى الصوت حيث كان.',
  },
};
