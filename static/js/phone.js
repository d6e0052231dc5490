// The phone of a demonstration: what is new comes by itself, as on a phone. Without this file one sends, or loads the page again.
const log = document.getElementById("log");
const number = document.querySelector(".phone-foot [name=number]").value;
log.scrollTop = log.scrollHeight;

const refresh = async () => {
  if (document.hidden) return;
  const answer = await fetch(`${location.pathname}?number=${encodeURIComponent(number)}`).catch(() => null);
  if (!answer || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const bubble of page.querySelectorAll("#log [data-text]")) {
    if (log.querySelector(`[data-text="${bubble.dataset.text}"]`)) continue;
    log.querySelector(".phone-empty")?.remove();
    bubble.removeAttribute("id");
    log.append(document.adoptNode(bubble));
    log.scrollTop = log.scrollHeight;
  }
};
setInterval(refresh, 3000);
