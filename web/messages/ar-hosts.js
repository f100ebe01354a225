// Arabic: what hosts decide, and what those are told who wait for them.

import { apart, counting } from './counting.js';

/** @type {(count: number, forms: Record<Intl.LDMLPluralRule, string>) => string} */
const count = counting('ar');

export const arHosts = {
  waiting: {
    heading: 'في انتظار أن يُدخلك أحد المضيفين',
    here: 'أحد المضيفين هنا، ويرى أنك تنتظر.',
    away: 'لا مضيف هنا بعد. ومن يأتي منهم يرى أنك تنتظر.',
    lost: 'انقطع الاتصال. ستطلب الدخول من جديد حالما يعود…',
    cancel: 'إلغاء',
  },

  knocks: {
    heading: 'في انتظار الدخول',
    one: (/** @type {string} */ name) => `يريد ${apart(name)} الدخول`,
    many: (/** @type {number} */ people) =>
      count(people, {
        zero: 'لا أحد يريد الدخول',
        one: 'شخص واحد يريد الدخول',
        two: 'شخصان يريدان الدخول',
        few: '# أشخاص يريدون الدخول',
        many: '# شخصًا يريدون الدخول',
        other: '# شخص يريدون الدخول',
      }),
    show: 'عرضهم',
    admit: 'إدخال',
    refuse: 'ليس الآن',
  },

  actions: {
    heading: 'بصفتك مضيفًا',
    mute: 'كتم الصوت',
    cameraOff: 'إيقاف الكاميرا',
    shareOff: 'إنهاء المشاركة',
    askMic: 'طلب تشغيل الميكروفون',
    askCamera: 'طلب تشغيل الكاميرا',
    appoint: 'جعله مضيفًا',
    remove: 'إخراج من المكالمة',
    muteAll: 'كتم صوت جميع الضيوف',
  },

  said: {
    asked: (/** @type {string} */ name) => `طُلب ذلك من ${apart(name)}`,
    mutedAll: 'كُتم صوت جميع الضيوف',
  },

  confirm: {
    cancel: 'إلغاء',
    appoint: {
      title: (/** @type {string} */ name) => `جعل ${apart(name)} مضيفًا؟`,
      means: 'سيستطيع عندها كل ما تستطيعه، ولا يمكن الرجوع عن ذلك.',
      go: 'جعله مضيفًا',
    },
    remove: {
      title: (/** @type {string} */ name) => `إخراج ${apart(name)}؟`,
      means: 'سيُقال له ذلك. ولا يعود هو ومن في شبكته نفسها إلا إذا أدخلهم أحد المضيفين.',
      go: 'إخراج',
    },
    end: {
      title: 'إنهاء المكالمة للجميع؟',
      means: 'سيُقال للجميع إن أحد المضيفين أنهاها، وتزول الغرفة. ويمكنك أيضًا أن تغادر وحدك فيستمر الآخرون.',
      go: 'إنهاء للجميع',
    },
  },

  rules: {
    hostLink: 'نسخ رابط المضيفين',
    heading: 'من يُسمح له بماذا',
    change: 'تغيير',
    apply: 'تطبيق على الجميع',
    entry: 'من يدخل',
    entries: { open: 'كل من لديه الرابط', knock: 'من يُدخله أحد المضيفين', closed: 'لا أحد بعد الآن' },
    hints: {
      open: 'يدخلون فورًا',
      knock: 'ينتظرون حتى يفتح لهم أحد المضيفين',
      closed: 'المضيفون وحدهم يمكنهم العودة',
    },
    guests: 'ما يُسمح به للضيوف',
    mic: 'أن يُسمعوا',
    camera: 'أن يشغّلوا كاميراتهم',
    screen: 'أن يشاركوا شاشاتهم',
    chat: 'أن يكتبوا',
    forwarded: 'ما لا يُسمح للضيوف بإرساله يحجزه الخادم: فيرسل الجميع عندها إلى الخادم.',
    direct: 'في هذه الغرفة تسلك الصور والأصوات الطريق المباشر فقط، فلا يستطيع أحد حجزها.',
    policy: 'ما دام الضيوف لا يُسمح لهم بإرسال كل شيء، فلا يمكن أن يكون الطريق مباشرًا فقط.',
    /** What holds, for whoever reads it. */
    means: {
      open: 'يدخل كل من لديه الرابط.',
      knock: 'يُدخل المضيفون كل شخص على حدة.',
      closed: 'لا يدخل إلا المضيفون.',
      all: 'يُسمح للضيوف بكل شيء.',
      none: 'لا يُسمح للضيوف إلا بالمشاهدة والاستماع.',
      without: (/** @type {string} */ list) => `موقوف للضيوف: ${list}.`,
    },
    names: { mic: 'الميكروفون', camera: 'الكاميرا', screen: 'مشاركة الشاشة', chat: 'الدردشة' },
  },
};
