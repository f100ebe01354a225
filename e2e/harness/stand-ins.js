// Stand-ins for what a browser without a person, a screen and real devices cannot offer: scripts that run in the page
// before its own, each complete in itself. Each replaces one function of the browser and nothing of the page.

/** Every wish for a camera or a microphone fails.
 * @param {'NotAllowedError' | 'NotFoundError' | 'NotReadableError'} name of the error, which says why
 * @returns {void} */
export function failingDevices(name) {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Stand-in for a device that fails.', name));
}

/** The clipboard is a variable of the page, `copied`: the real one is shared by all tests of a machine.
 * @returns {void} */
export function ownClipboard() {
  if (!navigator.clipboard) return;
  navigator.clipboard.writeText = (text) => {
    Object.assign(window, { copied: text });
    return Promise.resolve();
  };
}

/** What the stand-ins for pictures need: `trackOf(size, rate, draw)`, a track of what is drawn so many times a second.
 * @returns {void} */
export function drawnTracks() {
  /** @param {{width: number, height: number}} size
   * @param {number} rate
   * @param {(context: any) => void} draw */
  const trackOf = (size, rate, draw) => {
    const { MediaStreamTrackGenerator: Generator } = /** @type {any} */ (window);
    const canvas = Object.assign(document.createElement('canvas'), size);
    const context = canvas.getContext('2d');
    draw(context);
    // Where there is one: what is captured from a canvas stands still while another page is in front.
    const track = Generator ? new Generator({ kind: 'video' }) : canvas.captureStream(rate).getVideoTracks()[0];
    const writer = track.writable?.getWriter();
    setInterval(() => {
      draw(context);
      if (track.readyState === 'live') writer?.write(new VideoFrame(canvas, { timestamp: performance.now() * 1000 }));
    }, 1000 / rate);
    return track;
  };
  Object.assign(window, { trackOf });
}

/** The screen is a drawing that changes, without the browser's dialog before it; or nothing was chosen in that.
 * @param {'chosen' | 'refused'} answer
 * @returns {void} */
export function drawnScreen(answer) {
  navigator.mediaDevices.getDisplayMedia = async () => {
    if (answer === 'refused') throw new DOMException('Stand-in for a person who closes the dialog.', 'NotAllowedError');
    const { trackOf } = /** @type {any} */ (window);
    const draw = (/** @type {CanvasRenderingContext2D} */ context) => drawText(context, Math.floor(performance.now() / 500));
    return new MediaStream([trackOf({ width: 1280, height: 720 }, 10, draw)]);
  };

  /** A page of text, one line of which is marked.
   * @param {CanvasRenderingContext2D} context
   * @param {number} step */
  function drawText(context, step) {
    context.fillStyle = '#fbfbf9';
    context.fillRect(0, 0, 1280, 720);
    context.fillStyle = '#23282a';
    context.font = 'bold 34px sans-serif';
    context.fillText('Notes on the analytical engine', 80, 100);
    for (let line = 0; line < 12; line += 1) {
      context.fillStyle = line === step % 12 ? '#2f8f72' : '#c9cdca';
      context.fillRect(80, 150 + line * 42, 700 + ((line * 397) % 380), 16);
    }
  }
}

/** The microphone hums without end, or is dead: no sound at all comes from it. The camera stays what it was.
 * @param {'humming' | 'dead'} kind
 * @param {number} [frequency] of the hum, in hertz
 * @returns {void} */
export function drawnSound(kind, frequency = 220) {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    const [real] = stream.getAudioTracks();
    if (!real) return stream;
    const context = new AudioContext();
    const gain = new GainNode(context, { gain: kind === 'humming' ? 0.5 : 0 });
    const tone = new OscillatorNode(context, { frequency });
    const end = context.createMediaStreamDestination();
    tone.connect(gain).connect(end);
    tone.start();
    real.stop();
    return new MediaStream([...stream.getVideoTracks(), ...end.stream.getAudioTracks()]);
  };
}

/** The camera shows a drawn person before a wall, each number another one; the microphone stays what it was.
 * @param {number} number
 * @param {{rate?: number, scale?: number}} [less] pictures a second, and their size as a share of 640×360: nine people on
 *   one machine can have few and small ones
 * @returns {void} */
export function drawnCamera(number, { rate = 10, scale = 1 } = {}) {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  const { trackOf } = /** @type {any} */ (window);
  const [width, height] = [640, 360];
  const hue = (number * 137) % 360;
  devices.getUserMedia = async (constraints) => {
    const { video, ...rest } = constraints ?? {};
    const sound = rest.audio ? (await original(rest)).getTracks() : [];
    return new MediaStream([...sound, ...(video ? [trackOf({ width: width * scale, height: height * scale }, rate, drawPerson)] : [])]);
  };

  /** @param {CanvasRenderingContext2D} context */
  function drawPerson(context) {
    const time = performance.now() / 1000;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const wall = context.createLinearGradient(0, 0, width, height);
    wall.addColorStop(0, `hsl(${hue} 24% 62%)`);
    wall.addColorStop(1, `hsl(${hue + 30} 26% 36%)`);
    context.fillStyle = wall;
    context.fillRect(0, 0, width, height);
    const x = width / 2 + 12 * Math.sin(time + number);
    const shape = (/** @type {string} */ colour, /** @type {[number, number, number, number]} */ [left, top, across, down]) => {
      context.fillStyle = colour;
      context.beginPath();
      context.ellipse(left, top, across, down, 0, 0, 2 * Math.PI);
      context.fill();
    };
    const skin = `hsl(26 ${38 + (number % 3) * 6}% ${40 + ((number * 23) % 36)}%)`;
    const hair = `hsl(${20 + ((number * 53) % 30)} 30% ${14 + ((number * 31) % 44)}%)`;
    shape(hair, [x, 152, 76, 92 + (number % 3) * 22]);
    shape(`hsl(${(hue + 180) % 360} 34% 40%)`, [x, 400, 150, 150]);
    shape(skin, [x, 250, 30, 44]);
    shape(skin, [x, 168, 58, 76]);
    shape(hair, [x, 108, 64, 36]);
  }
}

/** The camera shows one colour and nothing else, so that it is known again wherever it is shown; the microphone stays what it was.
 * @param {string} colour
 * @returns {void} */
export function plainCamera(colour) {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  const { trackOf } = /** @type {any} */ (window);
  const size = { width: 640, height: 360 };
  devices.getUserMedia = async (constraints) => {
    const { video, ...rest } = constraints ?? {};
    const sound = rest.audio ? (await original(rest)).getTracks() : [];
    return new MediaStream([...sound, ...(video ? [trackOf(size, 10, fill)] : [])]);
  };

  /** @param {CanvasRenderingContext2D} context */
  function fill(context) {
    context.fillStyle = colour;
    context.fillRect(0, 0, size.width, size.height);
  }
}

/** The media port of the server cannot be reached: where it is does not get through to the browser.
 * @returns {void} */
export function unreachableServer() {
  const original = /** @type {any} */ (RTCPeerConnection.prototype.setRemoteDescription);
  RTCPeerConnection.prototype.setRemoteDescription = function (/** @type {any} */ description) {
    const { type = 'offer', sdp = '' } = description ?? {};
    const isServer = sdp.includes('a=ice-lite');
    return original.call(this, { type, sdp: isServer ? sdp.replace(/^a=candidate:.*\r\n/gm, '') : sdp });
  };
}

/** The browser's own camera, in a picture that is cheap to send.
 * @param {{width: number, height: number, rate: number}} size
 * @returns {void} */
export function modestCamera({ width, height, rate }) {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (constraints) => {
    const { video, ...rest } = constraints ?? {};
    const chosen = typeof video === 'object' ? video : {};
    return original(video ? { ...rest, video: { ...chosen, width, height, frameRate: rate } } : rest);
  };
}

/** `unplug()` pulls the plug of the camera that was opened last. A script cannot make a track end as a pulled plug does, so
 * those who wait for that end are told by this stand-in.
 * @returns {void} */
export function cameraPlug() {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    const [camera] = stream.getVideoTracks();
    if (camera) plug(camera);
    return stream;
  };

  /** @param {MediaStreamTrack} camera */
  function plug(camera) {
    const waiting = new EventTarget();
    const listen = camera.addEventListener.bind(camera);
    camera.addEventListener = (/** @type {string} */ type, /** @type {any} */ listener, /** @type {any} */ options) =>
      (type === 'ended' ? waiting.addEventListener(type, listener, options) : listen(type, listener, options));
    const unplug = () => {
      camera.stop();
      waiting.dispatchEvent(new Event('ended'));
    };
    Object.assign(window, { unplug });
  }
}

/** Of all the addresses of ICE servers the browser gets only those that begin so: which one it would take is its choice.
 * @param {string} beginning
 * @param {string} [end] and end so
 * @returns {void} */
export function onlyIceServer(beginning, end = '') {
  const only = (/** @type {RTCConfiguration | undefined} */ configuration) => configuration && {
    ...configuration,
    iceServers: (configuration.iceServers ?? []).map((server) => ({
      ...server,
      urls: [server.urls].flat().filter((url) => url.startsWith(beginning) && url.endsWith(end)),
    })).filter(({ urls }) => urls.length > 0),
  };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(only(configuration));
    }

    /** @override
     * @param {RTCConfiguration} [configuration] */
    setConfiguration(configuration) {
      super.setConfiguration(only(configuration));
    }
  };
}

/** Media ports are somewhere else than the other side says, where nobody listens.
 * @returns {void} */
export function deadMediaPorts() {
  const { prototype } = RTCPeerConnection;
  const original = prototype.setRemoteDescription;
  prototype.setRemoteDescription = function ({ type, sdp = '' }) {
    const moved = sdp.replace(/^(a=candidate:\S+ \d+ \S+ \d+ \S+) \d+/gm, '$1 9');
    return Reflect.apply(original, this, [{ type, sdp: moved }]);
  };
}

/** The server is not told how fast this machine and its network are: one that runs several browsers at once has neither of what it
 * would report, and a server that heard of it would rightly do something about it in the middle of a test of something else.
 * @returns {void} */
export function untoldSpeed() {
  const { prototype } = WebSocket;
  const original = prototype.send;
  prototype.send = function (data) {
    const message = typeof data === 'string' && data.includes('"type":"facts"') ? JSON.parse(data) : null;
    if (!message) return Reflect.apply(original, this, [data]);
    const { uplink: _, limited: __, legs = [], ...rest } = message;
    const states = legs.map((/** @type {any} */ { participant, state }) => ({ participant, state }));
    return Reflect.apply(original, this, [JSON.stringify({ ...rest, legs: states })]);
  };
}

/** Nobody looks at the page, although it is in front.
 * @returns {void} */
export function neverInFront() {
  Object.defineProperty(Document.prototype, 'visibilityState', { get: () => 'hidden', configurable: true });
}

/** Somebody looks at the page, although another one of the same browser is in front of it.
 * @returns {void} */
export function alwaysInFront() {
  Object.defineProperty(Document.prototype, 'visibilityState', { get: () => 'visible', configurable: true });
}
