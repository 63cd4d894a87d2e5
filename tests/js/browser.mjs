// What browsers have and Node 18, that of Debian 12, has not.

export const CustomEvent =
  globalThis.CustomEvent ??
  class extends Event {
    constructor(type, init) {
      super(type, init);
      this.detail = init?.detail ?? null;
    }
  };
