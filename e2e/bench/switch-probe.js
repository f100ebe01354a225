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

/** Notes what is heard: which tones sound, and which of them twice, in everything that audible elements play.
 * @param {string} module that has the processor `tones`
 * @returns {void} */
export function watchSound(module) {
  const page = /** @type {any} */ (window);
  /** [frequency, how many of it sounded, from, to], seconds of the page's clock. @type {[number, number, number, number][]} */
  page.heard = [];
  /** @type {Promise<AudioWorkletNode> | null} */ let listening = null;
  let used = 0;
  /** @type {Map<HTMLMediaElement, {track: MediaStreamTrack, gain: GainNode, source: AudioNode, input: number}>} */
  const playing = new Map();
  /** @type {number[]} */ const free = [];
  const listen = async () => {
    const context = new AudioContext({ sampleRate: 48_000 });
    await context.audioWorklet.addModule(module);
    const node = new AudioWorkletNode(context, 'tones', { numberOfInputs: 32, numberOfOutputs: 1 });
    node.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    const offset = performance.now() / 1_000 - context.currentTime;
    node.port.onmessage = ({ data: { frequency, state, from, to } }) => page.heard.push([frequency, state, from + offset, to + offset]);
    return node;
  };
  const follow = async (/** @type {HTMLMediaElement} */ element) => {
    const node = await (listening ??= listen());
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
      const context = /** @type {AudioContext} */ (node.context);
      const source = new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) });
      const gain = new GainNode(context, { gain: 0 });
      const input = free.pop() ?? used++;
      source.connect(gain).connect(node, 0, input);
      known = { track, gain, source, input };
      playing.set(element, known);
    }
    if (known) known.gain.gain.value = element.muted || !element.isConnected && element.paused ? 0 : element.volume;
  };
  for (const name of /** @type {const} */ (['muted', 'srcObject'])) {
    const property = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, name));
    Object.defineProperty(HTMLMediaElement.prototype, name, {
      ...property,
      set(value) {
        property.set?.call(this, value);
        if (this instanceof HTMLAudioElement) void follow(this);
      },
    });
  }
}

/** The processor that watchSound needs, as a module of its own.
 * @param {number[]} frequencies multiples of 375 Hz, which 128 samples at 48 kHz tell apart
 * @returns {string} */
export function tones(frequencies) {
  return `registerProcessor('tones', class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.runs = new Map();
      const wave = (f, frequency) => Float32Array.from({ length: 128 }, (_, n) => f((2 * Math.PI * frequency * n) / sampleRate));
      this.tables = ${JSON.stringify(frequencies)}.map((frequency) => ({ frequency, cos: wave(Math.cos, frequency), sin: wave(Math.sin, frequency) }));
    }
    process(inputs) {
      for (const { frequency, cos, sin } of this.tables) {
        const sounds = inputs.filter(([channel]) => {
          if (!channel) return false;
          let [re, im] = [0, 0];
          for (let n = 0; n < 128; n += 1) { re += channel[n] * cos[n]; im += channel[n] * sin[n]; }
          return Math.hypot(re, im) / 64 > 0.05;
        }).length;
        const run = this.runs.get(frequency);
        const state = Math.min(2, sounds);
        if (run && run.state === state) continue;
        if (run) this.port.postMessage({ frequency, state: run.state, from: run.from, to: currentTime });
        this.runs.set(frequency, { state, from: currentTime });
      }
      return true;
    }
  });`;
}
