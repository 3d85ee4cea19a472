/* "Settings for this model on this dataset": reads the JSON embedded in the page; nothing is fetched. */
document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  const root = document.getElementById("picker");
  const source = document.getElementById("picker-data");
  if (!root || !source) return;
  const entries = JSON.parse(source.textContent);
  const [model, dataset] = root.querySelectorAll("select");
  const output = root.querySelector("output");

  function fill(select, items) {
    const before = select.value;
    select.replaceChildren(...Array.from(new Set(items), (item) => new Option(item, item)));
    if (items.includes(before)) select.value = before;
  }

  function show() {
    const found = entries.filter((entry) => entry.model === model.value && entry.dataset === dataset.value);
    output.replaceChildren(...found.map(card));
  }

  function card(entry) {
    const box = document.createElement("div");
    const line = document.createElement("p");
    const link = document.createElement("a");
    link.href = entry.href;
    link.textContent = entry.run;
    line.append(entry.source + ": " + entry.loss_name + " ", Object.assign(document.createElement("strong"), { textContent: entry.loss }), ", run ", link);
    const pre = document.createElement("pre");
    const code = document.createElement("code");
    code.textContent = entry.json;
    pre.append(code);
    box.append(line, pre);
    if (entry.warning) box.append(Object.assign(document.createElement("p"), { className: "warning", textContent: entry.warning }));
    box.append(copyButton(entry.json));
    return box;
  }

  function copyButton(text) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "table-copy";
    button.textContent = "Copy JSON";
    const done = (word) => {
      button.textContent = word;
      setTimeout(() => (button.textContent = "Copy JSON"), 1500);
    };
    button.addEventListener("click", () => {
      if (!navigator.clipboard) done("Not allowed here");
      else navigator.clipboard.writeText(text).then(() => done("Copied"), () => done("Not allowed here"));
    });
    return button;
  }

  fill(model, entries.map((entry) => entry.model));
  const datasets = () => fill(dataset, entries.filter((entry) => entry.model === model.value).map((entry) => entry.dataset));
  model.addEventListener("change", () => {
    datasets();
    show();
  });
  dataset.addEventListener("change", show);
  datasets();
  show();
  root.hidden = false;
});
