// Draws the charts, then folds up their tables; lets commands be copied. The page is whole without.
(() => {
  "use strict";
  const all = (selector, inside = document) => Array.from(inside.querySelectorAll(selector));

  async function run(element) {
    const bytes = Uint8Array.from(atob(element.textContent), (one) => one.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  async function draw(figure) {
    const box = figure.querySelector(".chart");
    try {
      const chart = JSON.parse(figure.querySelector("script").textContent);
      const runtime = vega.parse(vegaLite.compile(chart).spec, undefined, { ast: true });
      const view = new vega.View(runtime, {
        container: box, renderer: "svg", hover: true, expr: vega.expressionInterpreter,
      });
      await view.runAsync();
      // A layer with nothing in it, or nothing to say, would be announced without a name.
      all("[role=graphics-symbol]:not([aria-label])", box)
        .forEach((layer) => layer.setAttribute("aria-hidden", "true"));
      window.addEventListener("beforeprint", () => view.resize().run());
      all("details", figure).forEach((table) => { table.open = false; });
    } catch (error) {
      box.remove();
      console.error(error);
    }
  }

  function offerCopy(command) {
    const button = Object.assign(document.createElement("button"), {
      type: "button", textContent: "Copy", className: "copy",
    });
    const code = command.querySelector("code");
    button.setAttribute("aria-label", `Copy: ${code.textContent}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      } catch {
        getSelection().selectAllChildren(code);
      }
    });
    command.append(button);
  }

  // Paper has nothing to click. What nobody would print stays folded.
  function unfoldToPrint() {
    const folded = all("main details:not([open])").filter((one) => all("tr", one).length <= 200);
    folded.forEach((one) => { one.open = true; });
    window.addEventListener("afterprint", () => {
      folded.forEach((one) => { one.open = false; });
    }, { once: true });
  }

  async function main() {
    if (navigator.clipboard) all(".command").forEach(offerCopy);
    window.addEventListener("beforeprint", unfoldToPrint);
    for (const library of all("script.library")) await run(library);
    for (const figure of all("figure.drawn")) await draw(figure);
    document.documentElement.dataset.drawn = "yes";
  }

  main();
})();
