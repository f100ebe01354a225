// The network test of the lobby: runs while its dialog is open.

import { listen } from '../elements/dom.js';
import { NetworkTestDialog } from '../elements/network-test.js';
import { networkReport } from '../lib/network-report.js';
import { NetworkTest } from '../lib/network-test.js';
import { verdict } from '../lib/network-verdict.js';

export class NetworkTestView {
  element = new NetworkTestDialog();
  #test;

  /** @param {string} url of the signaling WebSocket */
  constructor(url) {
    const test = (this.#test = new NetworkTest({ url }));
    this.element.report = () => networkReport(test.results);
    test.on('results', () => this.#show());
    test.on('done', () => this.#show());
    listen(this.element, 'again', () => void test.run());
    listen(this.element, 'closed', () => test.stop());
  }

  open() {
    void this.#test.run();
    this.element.open();
  }

  stop() {
    this.#test.stop();
  }

  #show() {
    const { results, running, port } = this.#test;
    this.element.show(results, running ? null : verdict(results), port);
  }
}
