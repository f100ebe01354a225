// The way to camera and microphone from a page that came over plain http.

/**
 * This page over https, at the same name and port: a server that offers both listens for both there.
 * @returns {string}
 */
export function secureAddress() {
  const url = new URL(location.href);
  url.protocol = 'https:';
  return url.href;
}
