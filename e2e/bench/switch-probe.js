// What runs in the pages of the switching benchmark: pictures that say when they were drawn, tones that say whose they are, and
// what is seen and heard of both. Each function is complete in itself: it is put into a page.

/** The camera shows which frame it is, as black and white fields along its upper edge, and the microphone hums a tone of its own.
 * @param {{frequency: number, width: number, height: number, rate: number}} options
 * @returns {void} */
export function stampedDevices({ frequency, width, height, rate }) {
  const page = /** @type {any} */ (window);
  const draw = (/** @type {CanvasRenderingContext2D} */ context) => {
    const frame = Math.floor((Date.now() / 1000) * rate) % 4096;
    const hue = (Date.now() / 40) % 360;
    context.fillStyle = `hsl(${hue} 40% 50%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${hue + 120} 50% 40%)`;
    context.beginPath();
    context.arc(width / 2 + Math.sin(Date.now() / 700) * width * 0.2, height * 0.6, height * 0.25, 0, 7);
    context.fill();
    const field = width / 16;
    for (let bit = 0; bit < 14; bit += 1) {
      // Two that are always white and black tell a picture from a dark one.
      const white = bit === 0 || (bit > 1 && ((frame >> (bit - 2)) & 1) === 1);
      context.fillStyle = white ? '#fff' : '#000';
      context.fillRect((bit + 1) * field, 0, field + 1, field * 1.5);
    }
  };
  navigator.mediaDevices.getUserMedia = async ({ audio, video } = {}) => {
    const tracks = [];
    if (audio) {
      const context = new AudioContext();
      const end = context.createMediaStreamDestination();
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(new GainNode(context, { gain: 0.4 })).connect(end);
      tone.start();
      tracks.push(...end.stream.getAudioTracks());
    }
    if (video) tracks.push(page.trackOf({ width, height }, rate, draw));
    return new MediaStream(tracks);
  };
}

/** Notes what is seen: every frame that an element on screen shows, with the number that it bears and its width.
 * @param {{rate: number}} options
 * @returns {void} */
export function watchPictures({ rate }) {
  const page = /** @type {any} */ (window);
  /** By participant: [time, number, width], number null where it cannot be read. @type {Record<string, [number, number | null, number][]>} */
  page.seen = {};
  const canvas = new OffscreenCanvas(64, 6);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  const read = (/** @type {HTMLVideoElement} */ video) => {
    const { videoWidth: width } = video;
    context.drawImage(video, 0, 0, width, width / 16, 0, 0, 64, 6);
    const { data } = context.getImageData(0, 0, 64, 6);
    const bit = (/** @type {number} */ index) => (data[(2 * 64 + (index + 1) * 4 + 2) * 4] ?? 0) > 127;
    if (!bit(0) || bit(1)) return null;
    let number = 0;
    for (let index = 0; index < 12; index += 1) number |= Number(bit(index + 2)) << index;
    return number;
  };
  const follow = (/** @type {HTMLVideoElement} */ video) => {
    video.requestVideoFrameCallback((now) => {
      const id = video.closest('vv-tile')?.getAttribute('data-participant');
      if (!id && !video.isConnected) return;
      if (id && !video.hasAttribute('data-next')) (page.seen[id] ??= []).push([now, read(video), video.videoWidth]);
      follow(video);
    });
  };
  new MutationObserver((records) => {
    for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (!(node instanceof HTMLElement)) continue;
      const videos = node instanceof HTMLVideoElement ? [node] : node.querySelectorAll('vv-tile video');
      for (const video of videos) if (video.closest('vv-tile')) follow(/** @type {HTMLVideoElement} */ (video));
    }
  }).observe(document, { childList: true, subtree: true });
  page.rate = rate;
}

/** Notes what is heard: which tones sound, and which of them twice, in everything that audible elements play. (An AudioWorklet would
 * be the place for it, but the page takes no script that its server does not have, and an interception does not see it asked for.)
 * @param {number[]} frequencies multiples of 375 Hz, which 128 samples at 48 kHz tell apart
 * @returns {void} */
export function watchSound(frequencies) {
  const page = /** @type {any} */ (window);
  const [INPUTS, BLOCK] = [24, 128];
  /** [frequency, how many of it sounded, from, to], seconds of the page's clock. @type {[number, number, number, number][]} */
  page.heard = [];
  const wave = (/** @type {(x: number) => number} */ f, /** @type {number} */ frequency) =>
    Float32Array.from({ length: BLOCK }, (_, n) => f((2 * Math.PI * frequency * n) / 48_000));
  const tables = frequencies.map((frequency) => ({ frequency, cos: wave(Math.cos, frequency), sin: wave(Math.sin, frequency) }));
  /** @type {Map<number, {state: number, from: number}>} */ const runs = new Map();
  /** @type {Map<HTMLMediaElement, {track: MediaStreamTrack, gain: GainNode, source: AudioNode, input: number}>} */
  const playing = new Map();
  /** @type {number[]} */ const free = [];
  let used = 0;
  /** @type {ChannelMergerNode | null} */ let merger = null;

  const listen = () => {
    const context = new AudioContext({ sampleRate: 48_000 });
    const inputs = new ChannelMergerNode(context, { numberOfInputs: INPUTS });
    const processor = context.createScriptProcessor(512, INPUTS, 1);
    const offset = performance.now() / 1_000 - context.currentTime;
    processor.onaudioprocess = ({ inputBuffer, playbackTime }) => {
      const channels = [...playing.values()].map(({ input }) => inputBuffer.getChannelData(input));
      for (let at = 0; at < inputBuffer.length; at += BLOCK) {
        for (const table of tables) note(table, channels, at, playbackTime + at / 48_000 + offset);
      }
    };
    inputs.connect(processor).connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    return inputs;
  };

  const note = (/** @type {typeof tables[number]} */ { frequency, cos, sin }, /** @type {Float32Array[]} */ channels,
    /** @type {number} */ at, /** @type {number} */ time) => {
    const sounding = channels.filter((channel) => {
      let [re, im] = [0, 0];
      for (let n = 0; n < BLOCK; n += 1) {
        re += (channel[at + n] ?? 0) * (cos[n] ?? 0);
        im += (channel[at + n] ?? 0) * (sin[n] ?? 0);
      }
      return Math.hypot(re, im) / (BLOCK / 2) > 0.05;
    });
    const state = Math.min(2, sounding.length);
    const run = runs.get(frequency);
    if (run?.state === state) return;
    if (run) page.heard.push([frequency, run.state, run.from, time]);
    page.heard.splice(0, page.heard.length - 2_000);
    runs.set(frequency, { state, from: time });
  };

  const follow = (/** @type {HTMLMediaElement} */ element) => {
    merger ??= listen();
    const track = element.srcObject instanceof MediaStream ? element.srcObject.getAudioTracks()[0] : undefined;
    let known = playing.get(element);
    if (known && known.track !== track) {
      known.source.disconnect();
      known.gain.disconnect();
      free.push(known.input);
      playing.delete(element);
      known = undefined;
    }
    if (!known && track) {
      const context = /** @type {AudioContext} */ (merger.context);
      const source = new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) });
      const gain = new GainNode(context, { gain: 0 });
      const input = free.pop() ?? used++;
      source.connect(gain).connect(merger, 0, input);
      known = { track, gain, source, input };
      playing.set(element, known);
    }
    if (known) known.gain.gain.value = element.muted ? 0 : element.volume;
  };
  for (const name of /** @type {const} */ (['muted', 'srcObject'])) {
    const property = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, name));
    Object.defineProperty(HTMLMediaElement.prototype, name, {
      ...property,
      set(value) {
        property.set?.call(this, value);
        if (this instanceof HTMLAudioElement) follow(this);
      },
    });
  }
}
