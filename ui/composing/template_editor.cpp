#include "ui/composing/template_editor.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QVBoxLayout>
#include <utility>

#include "engine/settings/settings_files.h"
#include "ui/composing/prompt_preview.h"
#include "ui/composing/stop_text.h"
#include "ui/language/engine_words.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kKeepMs = 400;
constexpr int kPreviewMs = 80;

/// What stands for a message while none is written.
QString sampleMessage() {
    return TemplateEditor::tr("Why is the sky blue?");
}

/// As it is shown: what comes with Gatescope speaks the window's language.
PromptTemplate inWindow(PromptTemplate t) {
    if (!PromptTemplates::isBuiltIn(t.name)) return t;
    t.title = engineWords(t.title).toStdString();
    t.description = engineWords(t.description).toStdString();
    return t;
}

}  // namespace

TemplateEditor::TemplateEditor(EngineBridge& bridge,
                               OwnSettings& own,
                               const Theme& theme,
                               std::function<QString()> message,
                               QWidget* parent)
    : QDialog(parent), bridge_(bridge), own_(own), theme_(theme), message_(std::move(message)) {
    setObjectName(QStringLiteral("templateEditor"));
    setWindowTitle(tr("Prompt templates"));
    setAccessibleName(windowTitle());
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 16, 16, 16);
    auto* parts = new QSplitter;
    parts->setChildrenCollapsible(false);
    parts->addWidget(buildList());
    parts->addWidget(buildFields(theme));
    auto* right = new QWidget;
    auto* column = new QVBoxLayout(right);
    column->setContentsMargins(12, 0, 0, 0);
    auto* title = new QLabel(tr("What the model reads"));
    title->setFont(theme.font(FontRole::Title));
    column->addWidget(title);
    preview_ = new PromptPreview(theme);
    column->addWidget(preview_, 1);
    parts->addWidget(right);
    parts->setStretchFactor(0, 0);
    parts->setStretchFactor(1, 2);
    parts->setStretchFactor(2, 3);
    row->addWidget(parts);
    resize(1040, 600);

    keepSoon_.setSingleShot(true);
    previewSoon_.setSingleShot(true);
    connect(&keepSoon_, &QTimer::timeout, this, &TemplateEditor::keep);
    connect(&previewSoon_, &QTimer::timeout, this, &TemplateEditor::refreshPreview);
    connect(&own_, &OwnSettings::templatesChanged, this, &TemplateEditor::fill);
    const auto soon = [this] { previewSoon_.start(kPreviewMs); };
    connect(&bridge_, &EngineBridge::branchOpened, this, soon);
    connect(&bridge_, &EngineBridge::generationEnded, this, soon);
    connect(&bridge_, &EngineBridge::modelUsableAlready, this, soon);
    connect(&bridge_, &EngineBridge::modelGone, this, soon);
    fill();
}

TemplateEditor::~TemplateEditor() {
    keep();
}

QWidget* TemplateEditor::buildList() {
    auto* left = new QWidget;
    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 12, 0);
    list_ = new QListWidget;
    list_->setObjectName(QStringLiteral("templateList"));
    list_->setAccessibleName(tr("Templates"));
    list_->setMinimumWidth(190);
    list_->setWordWrap(true);
    list_->setProperty("kind", QStringLiteral("choices"));
    column->addWidget(list_, 1);
    auto* copy = new QPushButton(tr("Duplicate"));
    copy->setObjectName(QStringLiteral("duplicateTemplate"));
    copy->setToolTip(tr("A copy of this template, to edit"));
    remove_ = new QPushButton(tr("Delete"));
    remove_->setObjectName(QStringLiteral("removeTemplate"));
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(copy);
    buttons->addWidget(remove_);
    column->addLayout(buttons);
    connect(copy, &QPushButton::clicked, this, &TemplateEditor::duplicate);
    connect(remove_, &QPushButton::clicked, this, &TemplateEditor::removePicked);
    connect(list_, &QListWidget::currentRowChanged, this, [this] {
        if (filling_) return;
        keep();
        showFields();
    });
    return left;
}

QWidget* TemplateEditor::buildFields(const Theme& theme) {
    auto* middle = new QWidget;
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(12, 0, 12, 0);
    note_ = new QLabel;
    note_->setProperty("kind", QStringLiteral("muted"));
    note_->setFont(theme.font(FontRole::Small));
    note_->setTextFormat(Qt::PlainText);
    note_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    note_->setWordWrap(true);
    column->addWidget(note_);
    fields_ = new QWidget;
    auto* form = new QFormLayout(fields_);
    form->setContentsMargins(0, 4, 0, 4);
    form->setRowWrapPolicy(QFormLayout::WrapAllRows);
    title_ = new QLineEdit;
    title_->setObjectName(QStringLiteral("templateTitle"));
    title_->setAccessibleName(tr("Title"));
    form->addRow(tr("Title"), title_);
    description_ = new QLineEdit;
    description_->setAccessibleName(tr("Description"));
    form->addRow(tr("Description"), description_);
    preamble_ = addText(QStringLiteral("templatePreamble"),
                        tr("In front of everything"),
                        tr("Behind the system text, before the first message: examples, say"),
                        4);
    userPrefix_ = addText(QStringLiteral("templateUser"),
                          tr("Before a message of yours"),
                          tr("Line breaks count"),
                          2);
    replyPrefix_ =
        addText(QStringLiteral("templateReply"), tr("Before a reply"), tr("Line breaks count"), 2);
    stops_ = addText(QStringLiteral("templateStops"),
                     tr("A reply ends at"),
                     tr("A text a line; \\n is a line break"),
                     2);
    column->addWidget(fields_, 1);
    use_ = new QPushButton(tr("Use in this chat"));
    use_->setProperty("kind", QStringLiteral("primary"));
    use_->setObjectName(QStringLiteral("useTemplate"));
    column->addWidget(use_, 0, Qt::AlignLeft);
    for (QLineEdit* edit : {title_, description_})
        connect(edit, &QLineEdit::textEdited, this, &TemplateEditor::edited);
    for (QPlainTextEdit* edit : {preamble_, userPrefix_, replyPrefix_, stops_})
        connect(edit, &QPlainTextEdit::textChanged, this, &TemplateEditor::edited);
    connect(use_, &QPushButton::clicked, this, [this] {
        keep();
        const std::string name = picked().toStdString();
        bridge_.run([&](ChatSession& session) { session.setTemplate(name); });
        Q_EMIT own_.templatesChanged();  // the composer shows which one is used
    });
    return middle;
}

QPlainTextEdit* TemplateEditor::addText(const QString& name,
                                        const QString& label,
                                        const QString& help,
                                        int lines) {
    auto* edit = new QPlainTextEdit;
    edit->setObjectName(name);
    edit->setProperty("kind", QStringLiteral("field"));
    edit->setFont(theme_.font(FontRole::Mono));
    edit->setAccessibleName(label);
    edit->setPlaceholderText(help);
    edit->setToolTip(help);
    edit->setTabChangesFocus(true);
    edit->setMinimumHeight(QFontMetrics(edit->font()).lineSpacing() * lines + 24);
    qobject_cast<QFormLayout*>(fields_->layout())->addRow(label, edit);
    return edit;
}

void TemplateEditor::open() {
    const std::string& used = bridge_.session().templateName();
    if (!isVisible()) pick(QString::fromStdString(used));
    show();
    raise();
    activateWindow();
}

void TemplateEditor::showEvent(QShowEvent* event) {
    QDialog::showEvent(event);
    refreshPreview();
}

void TemplateEditor::fill() {
    const bool arrived = bridge_.session().templates().find(awaited_.toStdString()) != nullptr;
    const QString wanted = arrived ? std::exchange(awaited_, {}) : picked();
    filling_ = true;
    list_->clear();
    for (const PromptTemplate& t : bridge_.session().templates().all()) {
        auto* item = new QListWidgetItem(QString::fromStdString(inWindow(t).title), list_);
        item->setData(Qt::UserRole, QString::fromStdString(t.name));
        item->setToolTip(QString::fromStdString(inWindow(t).description));
    }
    filling_ = false;
    pick(wanted);
}

void TemplateEditor::pick(const QString& name) {
    int row = 0;
    for (int i = 0; i < list_->count(); ++i)
        if (list_->item(i)->data(Qt::UserRole).toString() == name) row = i;
    const QSignalBlocker quiet(list_);
    list_->setCurrentRow(row);
    if (!changed_ || picked() != shown_) showFields();  // else somebody is at them
}

QString TemplateEditor::picked() const {
    const QListWidgetItem* item = list_->currentItem();
    return item == nullptr ? QString() : item->data(Qt::UserRole).toString();
}

const PromptTemplate* TemplateEditor::current() const {
    return bridge_.session().templates().find(picked().toStdString());
}

bool TemplateEditor::isOwn() const {
    const PromptTemplate* t = current();
    return t != nullptr && !PromptTemplates::isBuiltIn(t->name);
}

void TemplateEditor::showFields() {
    const PromptTemplate* t = current();
    if (t == nullptr) return;
    if (const PromptTemplate words = inWindow(*t); !(fromFields() == words)) {
        filling_ = true;
        shown_ = picked();
        title_->setText(QString::fromStdString(words.title));
        description_->setText(QString::fromStdString(words.description));
        description_->setCursorPosition(0);
        preamble_->setPlainText(QString::fromStdString(t->preamble));
        userPrefix_->setPlainText(QString::fromStdString(t->userPrefix));
        replyPrefix_->setPlainText(QString::fromStdString(t->replyPrefix));
        stops_->setPlainText(stopText(t->stopStrings));
        filling_ = false;
    }
    for (QLineEdit* edit : {title_, description_}) edit->setReadOnly(!isOwn());
    for (QPlainTextEdit* edit : {preamble_, userPrefix_, replyPrefix_, stops_})
        edit->setReadOnly(!isOwn());
    remove_->setEnabled(isOwn());
    use_->setEnabled(bridge_.session().templateName() != t->name);
    note_->setText(
        isOwn() ? QString::fromStdString((own_.templateFolder() / (t->name + ".json")).string())
                : tr("Comes with Gatescope. Duplicate it to have one that you can "
                     "change."));
    refreshPreview();
}

PromptTemplate TemplateEditor::fromFields() const {
    PromptTemplate t;
    t.name = shown_.toStdString();
    t.title = title_->text().toStdString();
    t.description = description_->text().toStdString();
    t.preamble = preamble_->toPlainText().toStdString();
    t.userPrefix = userPrefix_->toPlainText().toStdString();
    t.replyPrefix = replyPrefix_->toPlainText().toStdString();
    t.stopStrings = stopStringsOf(stops_->toPlainText());
    return t;
}

void TemplateEditor::edited() {
    if (filling_ || PromptTemplates::isBuiltIn(shown_.toStdString())) return;
    changed_ = true;
    keepSoon_.start(kKeepMs);
    previewSoon_.start(kPreviewMs);
}

void TemplateEditor::keep() {
    keepSoon_.stop();
    if (!std::exchange(changed_, false)) return;
    own_.saveTemplate(fromFields());
}

void TemplateEditor::duplicate() {
    keep();
    const PromptTemplate* from = current();
    if (from == nullptr) return;
    PromptTemplate copy = *from;
    const PromptTemplates& known = bridge_.session().templates();
    for (int n = 2; known.find(copy.name) != nullptr; ++n)
        copy.name = from->name + "-" + std::to_string(n);
    copy.title = tr("Copy of %1").arg(QString::fromStdString(inWindow(*from).title)).toStdString();
    awaited_ = QString::fromStdString(copy.name);
    own_.saveTemplate(copy);
}

void TemplateEditor::removePicked() {
    if (!isOwn()) return;
    keepSoon_.stop();
    changed_ = false;
    own_.removeTemplate(picked().toStdString());
}

void TemplateEditor::refreshPreview() {
    if (!isVisible()) return;
    const ChatSession& session = bridge_.session();
    const QString written = message_();
    const QString message = written.trimmed().isEmpty() ? sampleMessage() : written;
    const auto model = session.model();
    preview_->show(session.prompt(fromFields(), message.toStdString()),
                   model ? model->tokenizer : nullptr);
}

}  // namespace gatescope
