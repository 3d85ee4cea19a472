/* Tables that sort and filter without a server. A table is complete without this script; it adds to
   <table data-table id="…">: a button in every header, a text filter, a choice for each <th data-choice>, and
   "Copy as CSV". A cell's data-v is its value where the text is a shortened one. The state is kept in the
   address (#id?sort=val_loss,up&q=adam), so that a view can be passed on. */
(function () {
  "use strict";

  const value = (cell) => (cell ? (cell.dataset.v !== undefined ? cell.dataset.v : cell.textContent.trim()) : "");

  function compare(a, b) {
    const x = Number(a);
    const y = Number(b);
    const numeric = !Number.isNaN(x) && !Number.isNaN(y);
    return numeric ? x - y : a.localeCompare(b, "en", { numeric: true, sensitivity: "base" });
  }

  function element(name, attributes, text) {
    const node = document.createElement(name);
    Object.entries(attributes || {}).forEach(([key, item]) => node.setAttribute(key, item));
    if (text !== undefined) node.textContent = text;
    return node;
  }

  class Table {
    constructor(table) {
      this.table = table;
      this.body = table.tBodies[0];
      this.rows = Array.from(this.body.rows);
      this.texts = this.rows.map((row) => row.textContent.toLowerCase());
      this.headers = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
      this.names = this.headers.map((cell, i) => cell.dataset.name || String(i));
      this.state = { sort: null, up: true, q: "", choices: {} };
      this.headers.forEach((cell, index) => this.addButton(cell, index));
      this.addBar();
      this.restore();
    }

    addButton(cell, index) {
      const button = element("button", { type: "button", class: "sort", title: (cell.title ? cell.title + "; " : "") + "click to sort" });
      while (cell.firstChild) button.appendChild(cell.firstChild);
      cell.appendChild(button);
      button.addEventListener("click", () => {
        const same = this.state.sort === index;
        this.state.up = same ? !this.state.up : true;
        this.state.sort = index;
        this.update();
      });
    }

    addBar() {
      const bar = element("div", { class: "table-bar", role: "group", "aria-label": "Filter the table" });
      this.input = element("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows by text" });
      this.input.addEventListener("input", () => {
        this.state.q = this.input.value;
        this.update();
      });
      bar.appendChild(this.input);
      this.selects = [];
      this.headers.forEach((cell, index) => {
        if (cell.hasAttribute("data-choice") && this.differs(index)) bar.appendChild(this.choice(cell, index));
      });
      this.count = element("span", { class: "table-count", role: "status" });
      bar.appendChild(this.count);
      const copy = element("button", { type: "button", class: "table-copy" }, "Copy as CSV");
      copy.addEventListener("click", () => this.copy(copy));
      bar.appendChild(copy);
      const frame = this.table.closest(".table-frame") || this.table;
      frame.parentNode.insertBefore(bar, frame);
    }

    // One value in all rows leaves nothing to choose.
    differs(index) {
      return new Set(this.rows.map((row) => row.cells[index].dataset.parts || value(row.cells[index]))).size > 1;
    }

    choice(cell, index) {
      const name = cell.textContent.trim();
      const select = element("select", { "aria-label": "Show only one " + name });
      select.appendChild(element("option", { value: "" }, name + ": all"));
      const parts = (row) => (row.cells[index].dataset.parts || value(row.cells[index])).split(" ").filter(Boolean);
      const found = new Set(this.rows.flatMap((row) => (cell.dataset.choice === "parts" ? parts(row) : [value(row.cells[index])])));
      Array.from(found).filter(Boolean).sort(compare).forEach((item) => select.appendChild(element("option", { value: item }, item)));
      select.addEventListener("change", () => {
        this.state.choices[index] = select.value;
        this.update();
      });
      this.selects.push({ index: index, select: select, parts: cell.dataset.choice === "parts" ? parts : null });
      return select;
    }

    shown(row, position) {
      const words = this.state.q.toLowerCase().split(/\s+/).filter(Boolean);
      return (
        words.every((word) => this.texts[position].includes(word)) &&
        this.selects.every(({ index, parts }) => {
          const wanted = this.state.choices[index];
          if (!wanted) return true;
          return parts ? parts(row).includes(wanted) : value(row.cells[index]) === wanted;
        })
      );
    }

    order() {
      const { sort, up } = this.state;
      if (sort === null) return this.rows;
      const keyed = this.rows.map((row) => [value(row.cells[sort]), row]);
      const [full, empty] = [keyed.filter(([key]) => key !== ""), keyed.filter(([key]) => key === "")];
      full.sort(([a], [b]) => (up ? compare(a, b) : compare(b, a)));
      return full.concat(empty).map(([, row]) => row);
    }

    update(quiet) {
      let visible = 0;
      this.rows.forEach((row, position) => {
        row.hidden = !this.shown(row, position);
        visible += row.hidden ? 0 : 1;
      });
      const fragment = document.createDocumentFragment();
      this.order().forEach((row) => fragment.appendChild(row));
      this.body.appendChild(fragment);
      this.headers.forEach((cell, index) => {
        if (index === this.state.sort) cell.setAttribute("aria-sort", this.state.up ? "ascending" : "descending");
        else cell.removeAttribute("aria-sort");
      });
      this.count.textContent = visible === this.rows.length ? this.rows.length + (this.rows.length === 1 ? " row" : " rows") : visible + " of " + this.rows.length + " rows";
      if (!quiet) this.remember();
    }

    remember() {
      const query = new URLSearchParams();
      if (this.state.sort !== null) query.set("sort", this.names[this.state.sort] + "," + (this.state.up ? "up" : "down"));
      if (this.state.q) query.set("q", this.state.q);
      Object.entries(this.state.choices).forEach(([index, item]) => item && query.set("is." + this.names[index], item));
      const text = query.toString();
      try {
        history.replaceState(history.state, "", text ? "#" + this.table.id + "?" + text : location.pathname + location.search);
      } catch (error) {
        /* some browsers refuse this on file:// pages; the table works all the same */
      }
    }

    restore() {
      const [id, text] = location.hash.slice(1).split("?");
      if (text !== undefined && id === this.table.id) {
        const query = new URLSearchParams(text);
        const [name, way] = (query.get("sort") || "").split(",");
        this.state.sort = this.names.includes(name) ? this.names.indexOf(name) : null;
        this.state.up = way !== "down";
        this.state.q = this.input.value = query.get("q") || "";
        this.selects.forEach(({ index, select }) => {
          select.value = query.get("is." + this.names[index]) || "";
          this.state.choices[index] = select.value;
        });
        this.table.scrollIntoView();
      }
      this.update(true);
    }

    copy(button) {
      const quote = (text) => (/[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text);
      const safe = (text) => (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text);
      const rows = Array.from(this.body.rows).filter((row) => !row.hidden);
      const lines = [this.names].concat(rows.map((row) => Array.from(row.cells, value)));
      const text = lines.map((cells) => cells.map((cell) => quote(safe(cell))).join(",")).join("\n") + "\n";
      const done = (word) => {
        button.textContent = word;
        setTimeout(() => (button.textContent = "Copy as CSV"), 1500);
      };
      if (!navigator.clipboard) return done("Not allowed here");
      navigator.clipboard.writeText(text).then(() => done("Copied"), () => done("Not allowed here"));
      return undefined;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("table[data-table]").forEach((table) => new Table(table));
  });
})();
