// The little that markup alone cannot do. Every page works without it.
(() => {
  "use strict";

  // A form marked data-auto is sent when one of its choices changes; its button is for browsers without scripts.
  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
    for (const button of form.querySelectorAll("[data-manual]")) button.hidden = true;
  }

  // "Copy" beside a value that is shown once.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.copied;
  });
})();
