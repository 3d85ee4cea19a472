/* Search on pages opened from a disk: browsers refuse workers of file:// pages, so the worker's script runs in a
   hidden frame of this page instead. Served pages keep real workers. */
(function () {
  "use strict";
  if (location.protocol !== "file:") return;

  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.onmessage = null;
      this.onerror = null;
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "search worker";
      document.documentElement.appendChild(this.frame);
      const scope = this.frame.contentWindow;
      scope.postMessage = (data) => this.deliver(data);
      scope.importScripts = (...urls) => urls.reduce((done, each) => done.then(() => this.load(each)), Promise.resolve());
      this.load(url).then(() => this.start(), (error) => this.fail(error));
    }

    load(url) {
      const page = this.frame.contentDocument;
      return new Promise((resolve, reject) => {
        const script = page.createElement("script");
        script.src = new URL(url, location.href).href;
        script.onload = () => resolve();
        script.onerror = () => reject(new Error("cannot load " + url));
        page.head.appendChild(script);
      });
    }

    start() {
      const messages = this.waiting;
      this.waiting = null;
      messages.forEach((data) => this.postMessage(data));
    }

    postMessage(data) {
      if (this.waiting) {
        this.waiting.push(data);
        return;
      }
      const scope = this.frame.contentWindow;
      if (scope) scope.dispatchEvent(new scope.MessageEvent("message", { data: data }));
    }

    deliver(data) {
      this.emit(new MessageEvent("message", { data: data }), this.onmessage);
    }

    fail(error) {
      this.emit(new ErrorEvent("error", { message: error.message, error: error }), this.onerror);
    }

    emit(event, handler) {
      this.dispatchEvent(event);
      if (typeof handler === "function") handler.call(this, event);
    }

    terminate() {
      this.frame.remove();
    }
  }

  self.Worker = FrameWorker;
})();
