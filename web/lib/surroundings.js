import { SLOTS } from './forward-lines.js';

/**
 * What a change of paths depends on in a room, beside the participant.
 *
 * @param {object} options
 * @param {() => number} options.now
 * @param {import('./changeover.js').Surroundings['prepare']} options.prepare
 * @param {import('./mixing.js').Mixing} options.mixing
 * @param {() => import('./forward.js').Forwarding | null} options.forwarding
 * @returns {import('./changeover.js').Surroundings}
 */
export function surroundings({ now, prepare, mixing, forwarding }) {
  return {
    now,
    prepare,
    shownWidth: (participant, source) =>
      forwarding()?.shown.find((item) => item.participant === participant && item.source === source)?.width ?? null,
    isMixed: () => mixing.isAlone,
    isDrownedOut: (participant) => {
      const { loudest = [] } = forwarding() ?? {};
      return loudest.length >= SLOTS.audio && !loudest.includes(participant);
    },
  };
}
