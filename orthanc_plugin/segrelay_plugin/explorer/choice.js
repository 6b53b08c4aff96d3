// SPDX-License-Identifier: AGPL-3.0-or-later
// Which model: a list where several fit, the reasons why not where none does.

class Choice {
  constructor({ mayTakeAll }) {
    this.mayTakeAll = mayTakeAll;
    this.models = null; // not known yet
    this.reasons = [];
    this.select = make("select", "select");
    this.select.dataset.role = "none";
    this.label = make("label", "choice", make("span", "word", texts.model), this.select);
    this.why = make("div", "why");
    this.why.id = newKey(); // the button is described by it
    this.element = make("div", "models", this.label, this.why);
    this.show();
  }

  learn({ models, reasons }) {
    this.models = models.filter((model) => model.fits);
    this.reasons = this.models.length ? [] : reasonsWhyNone(models, reasons);
    this.show();
  }

  get isKnown() {
    return this.models !== null;
  }

  get isHopeless() {
    return this.isKnown && this.models.length === 0;
  }

  // What the press asks for: a model by name, or nothing for all that fit.
  get wish() {
    const several = this.models.length > 1;
    const name = several ? this.select.value : this.models[0].name;
    return name ? { model: name } : {};
  }

  show() {
    const models = this.models || [];
    const options = models.map((model) => new Option(titleOf(model), model.name));
    if (this.mayTakeAll) options.unshift(new Option(texts.all_models, ""));
    this.select.replaceChildren(...options);
    this.label.hidden = models.length < 2;
    this.why.replaceChildren();
    if (models.length === 1) this.why.append(makeParagraph(titleOf(models[0])));
    if (this.reasons.length) this.why.append(makeList(this.reasons));
  }
}

function titleOf({ name, version }) {
  return [name, version].filter(Boolean).join(" ");
}

function reasonsWhyNone(models, reasons) {
  const ofModels = models.flatMap((model) =>
    model.reasons
      .filter((reason) => !reasons.includes(reason))
      .map((reason) => titleOf(model) + ": " + reason),
  );
  const all = [...reasons, ...ofModels];
  return all.length ? all : [texts.no_model];
}
