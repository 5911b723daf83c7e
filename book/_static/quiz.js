// A quiz is written as a box "Check yourself" with folded answers below it, which is all that Colab and paper need.
// Here the box gets options to choose from, and says what is right or wrong about the one that was chosen.

(function () {
  /** Return a new element with a class and children. */
  function element(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  }

  /** Return copies of what a folded answer shows as its title, and of what it hides. */
  function parts(answer) {
    const copy = answer.cloneNode(true);
    const summary = copy.querySelector("summary");
    summary.remove();
    return { option: [...summary.childNodes], feedback: [...copy.childNodes] };
  }

  /** Return the folded answers that follow a box directly. */
  function answersOf(box) {
    const answers = [];
    for (let next = box.nextElementSibling; next?.matches("details"); next = next.nextElementSibling) {
      answers.push(next);
    }
    return answers;
  }

  /** Return a form with an option for each answer. */
  function quiz(answers, name, question) {
    const options = element("fieldset", "quiz-options");
    options.setAttribute("aria-labelledby", question);
    const feedbacks = element("div", "quiz-feedback");
    feedbacks.setAttribute("role", "status"); // what appears here is read out
    for (const answer of answers) {
      const { option, feedback } = parts(answer);
      const input = element("input");
      Object.assign(input, { type: "radio", name, required: true });
      options.append(element("label", "", input, element("span", "", ...option)));
      const note = element("div", "", ...feedback);
      note.dataset.mark = note.textContent.trim().startsWith("Right") ? "right" : "wrong";
      note.hidden = true;
      feedbacks.append(note);
    }
    const form = element("form", "quiz", options, element("button", "btn btn-sm", "Check"), feedbacks);
    const labels = [...options.children];
    const notes = [...feedbacks.children];
    const show = (chosen) => notes.forEach((note, i) => (note.hidden = i !== chosen));
    form.addEventListener("change", () => show(-1));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = labels.findIndex((label) => label.querySelector("input").checked);
      labels[chosen].dataset.mark = notes[chosen].dataset.mark;
      show(chosen);
    });
    return form;
  }

  document.querySelectorAll(".admonition-check-yourself").forEach((box, i) => {
    const answers = answersOf(box);
    if (answers.length < 2) return;
    const question = [...box.children].filter((child) => !child.matches(".admonition-title"));
    question.forEach((part, j) => (part.id ||= `quiz-${i + 1}-${j}`));
    box.append(quiz(answers, `quiz-${i + 1}`, question.map((part) => part.id).join(" ")));
    for (const answer of answers) answer.classList.add("quiz-source");
  });
})();
