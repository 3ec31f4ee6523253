/** A clock that only moves when it is told to. */
export class HandClock {
  time = 0;
  timers = [];
  now = () => this.time;
  set = (call, ms) => {
    const timer = { call, at: this.time + ms };
    this.timers.push(timer);
    return timer;
  };
  clear = (timer) => {
    this.timers = this.timers.filter((other) => other !== timer);
  };
  advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.clear(next);
      this.time = next.at;
      next.call();
    }
    this.time = end;
  }
}
