// What is held says until when in words; this adds the minutes and seconds that are left. Said aloud at five minutes, at one, and when it is over.
for (const place of document.querySelectorAll("[data-countdown]")) {
  const end = Date.parse(place.dataset.countdown);
  const left = place.querySelector("[data-left]");
  const say = place.querySelector("[data-say]");
  const said = new Set([5, 1].filter((minutes) => end - Date.now() < minutes * 60000 - 1000)); // what is over already stays unsaid
  const tick = () => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds <= 0) {
      left.textContent = say.textContent = place.dataset.over;
      clearInterval(clock);
      return;
    }
    const whole = Math.floor(seconds / 60);
    const shown = whole < 60 ? whole : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    const time = `${shown}:${String(seconds % 60).padStart(2, "0")}`;
    left.textContent = seconds < 86400 ? place.dataset.words.replace("{time}", time) : "";
    for (const minutes of [5, 1]) {
      if (seconds > minutes * 60 || said.has(minutes)) continue;
      said.add(minutes);
      say.textContent = place.getAttribute(`data-say-${minutes}`);
    }
  };
  const clock = setInterval(tick, 1000);
  tick();
}
