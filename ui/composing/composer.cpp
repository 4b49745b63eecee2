#include "ui/composing/composer.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QStyle>
#include <QTextBlock>
#include <QTextLayout>
#include <QToolButton>
#include <algorithm>

#include "engine/settings/prompt_template.h"
#include "ui/chat/fit_to_current.h"
#include "ui/composing/context_meter.h"
#include "ui/composing/own_settings.h"
#include "ui/composing/reply_settings.h"
#include "ui/composing/template_editor.h"
#include "ui/language/engine_words.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kMinLines = 2;
constexpr int kMaxLines = 10;
constexpr int kMeterMs = 60;

}  // namespace

// ---------------------------------------------------------------- the field

GrowingTextEdit::GrowingTextEdit(QWidget* parent) : QPlainTextEdit(parent) {
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    document()->setDocumentMargin(2);
    connect(this, &QPlainTextEdit::textChanged, this, &GrowingTextEdit::fitHeight);
}

void GrowingTextEdit::setRoom(int pixels) {
    if (room_ == pixels) return;
    room_ = pixels;
    fitHeight();
}

void GrowingTextEdit::fitHeight() {
    const int maxLines =
        std::clamp(room_ / QFontMetrics(font()).lineSpacing(), kMinLines, kMaxLines);
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid() && lines <= maxLines;
         block = block.next()) {
        document()->documentLayout()->blockBoundingRect(block);  // lays the block out
        lines += std::max(1, block.layout()->lineCount());
    }
    const int shown = std::clamp(lines, 1, maxLines);
    setVerticalScrollBarPolicy(lines > maxLines ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    const int margins = 2 * static_cast<int>(document()->documentMargin());
    setFixedHeight(shown * QFontMetrics(font()).lineSpacing() + margins + 2);
}

void GrowingTextEdit::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && !(event->modifiers() & Qt::ShiftModifier)) {
        Q_EMIT submitted();
    } else if (event->key() == Qt::Key_Escape) {
        Q_EMIT cancelled();
    } else {
        QPlainTextEdit::keyPressEvent(event);
    }
}

void GrowingTextEdit::resizeEvent(QResizeEvent* event) {
    QPlainTextEdit::resizeEvent(event);
    if (event->size().width() != event->oldSize().width()) fitHeight();
}

// ---------------------------------------------------------------- the composer

Composer::Composer(EngineBridge& bridge, OwnSettings& own, Theme& theme, QWidget* parent)
    : QFrame(parent), bridge_(bridge), own_(own), theme_(theme) {
    build(theme);
    connect(edit_, &GrowingTextEdit::submitted, this, &Composer::submit);
    connect(edit_, &GrowingTextEdit::cancelled, this, [this] {
        if (bridge_.session().generating())
            bridge_.run([](ChatSession& s) { s.stop(); });
        else
            cancelEdit();
    });
    connect(edit_, &QPlainTextEdit::textChanged, this, &Composer::textChanged);
    connect(edit_, &QPlainTextEdit::textChanged, this, &Composer::textEdited);
    meterSoon_.setSingleShot(true);
    connect(&meterSoon_, &QTimer::timeout, this, &Composer::refreshMeter);
    connect(send_, &QToolButton::clicked, this, &Composer::submit);
    connect(stop_, &QToolButton::clicked, this, [this] {
        bridge_.run([](ChatSession& s) { s.stop(); });
    });
    connect(template_, &QComboBox::activated, this, &Composer::chooseTemplate);
    connect(settingsButton_, &QToolButton::clicked, this, &Composer::showSettings);
    connect(templatesButton_, &QToolButton::clicked, this, [this] { showTemplates(); });
    connect(&own_, &OwnSettings::templatesChanged, this, &Composer::fillTemplates);
    for (auto signal : {&EngineBridge::modelUsableAlready,
                        &EngineBridge::modelReady,
                        &EngineBridge::modelGone,
                        &EngineBridge::modelLoadWasCancelled,
                        &EngineBridge::branchOpened,
                        &EngineBridge::generationBegan})
        connect(&bridge_, signal, this, &Composer::refresh);
    connect(&bridge_, &EngineBridge::generationEnded, this, &Composer::refresh);
    connect(&bridge_, &EngineBridge::errorOccurred, this, &Composer::refresh);
    connect(&bridge_, &EngineBridge::branchOpened, this, &Composer::cancelEdit);
    connect(&theme_, &Theme::changed, this, &Composer::applyFonts);
    applyFonts();
    refresh();
}

void Composer::build(Theme& theme) {
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(6);
    editLabel_ = new QLabel;
    editLabel_->setProperty("kind", QStringLiteral("badge-warning"));
    editLabel_->hide();
    outer->addWidget(editLabel_, 0, Qt::AlignLeft);

    frame_ = new QFrame;
    frame_->setProperty("kind", QStringLiteral("composer"));
    outer->addWidget(frame_);
    auto* column = new QVBoxLayout(frame_);
    column->setContentsMargins(14, 12, 8, 8);
    column->setSpacing(6);

    edit_ = new GrowingTextEdit;
    edit_->setObjectName(QStringLiteral("composerText"));
    edit_->setAccessibleName(tr("Message"));
    edit_->setPlaceholderText(tr("Write a message…"));
    edit_->installEventFilter(this);
    column->addWidget(edit_);

    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    template_ = new QComboBox;
    template_->setAccessibleName(tr("Prompt template"));
    template_->setObjectName(QStringLiteral("templateChoice"));
    template_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    row->addWidget(template_);
    templatesButton_ = new QToolButton;
    templatesButton_->setIcon(theme.icon(QStringLiteral("edit")));
    templatesButton_->setToolTip(tr("Prompt templates, and what the model reads (Ctrl+Shift+P)"));
    templatesButton_->setAccessibleName(tr("Prompt templates"));
    row->addWidget(templatesButton_);
    settingsButton_ = new QToolButton;
    settingsButton_->setIcon(theme.icon(QStringLiteral("settings")));
    settingsButton_->setToolTip(tr("How replies are drawn: temperature, top-p, seed… (Ctrl+,)"));
    settingsButton_->setAccessibleName(tr("Reply settings"));
    row->addWidget(settingsButton_);
    row->addStretch();
    meter_ = new ContextMeter(theme);
    row->addWidget(meter_, 0, Qt::AlignVCenter);
    send_ = new QToolButton;
    send_->setProperty("kind", QStringLiteral("send"));
    send_->setIcon(theme.icon(QStringLiteral("send"), ColorRole::OnAccent));
    send_->setToolTip(tr("Send (Enter)"));
    send_->setAccessibleName(tr("Send"));
    send_->setObjectName(QStringLiteral("sendButton"));
    row->addWidget(send_);
    stop_ = new QToolButton;
    stop_->setProperty("kind", QStringLiteral("stop"));
    stop_->setIcon(theme.icon(QStringLiteral("stop"), ColorRole::Window));
    stop_->setToolTip(tr("Stop (Esc)"));
    stop_->setAccessibleName(tr("Stop"));
    stop_->setObjectName(QStringLiteral("stopButton"));
    row->addWidget(stop_);
    column->addLayout(row);

    explanation_ = new QLabel;
    explanation_->setProperty("kind", QStringLiteral("faint"));
    explanation_->setAlignment(Qt::AlignHCenter);
    explanation_->setWordWrap(true);
    outer->addWidget(explanation_);

    settings_ = new ReplySettings(bridge_, own_, theme, this);
    connect(settings_, &ReplySettings::settingsChanged, this, &Composer::refreshMeter);
    fillTemplates();
}

void Composer::applyFonts() {
    edit_->setFont(theme_.font(FontRole::Reading));
    edit_->document()->setDefaultFont(theme_.font(FontRole::Reading));
    edit_->fitHeight();
    QFont light = theme_.font(FontRole::Tiny);
    light.setWeight(QFont::Normal);
    explanation_->setFont(light);
    fitToCurrent(*template_, theme_);
    editLabel_->setFont(theme_.font(FontRole::Tiny));
}

bool Composer::eventFilter(QObject* watched, QEvent* event) {
    if (watched == edit_ &&
        (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)) {
        frame_->setProperty("active", event->type() == QEvent::FocusIn);
        frame_->style()->unpolish(frame_);
        frame_->style()->polish(frame_);
        if (event->type() == QEvent::FocusOut) Q_EMIT fieldLeft();
    }
    return QFrame::eventFilter(watched, event);
}

QString Composer::text() const {
    return edit_->toPlainText();
}

void Composer::setText(const QString& text) {
    edit_->setPlainText(text);
    edit_->moveCursor(QTextCursor::End);
}

void Composer::focusText() {
    edit_->setFocus(Qt::OtherFocusReason);
}

bool Composer::submit() {
    const std::string message = text().toStdString();
    const int editing = editing_;
    bool accepted = false;
    bridge_.run([&](ChatSession& session) {
        if (editing >= 0)
            session.edit(editing, message);
        else
            session.send(message);
        accepted = true;
    });
    if (accepted) {
        cancelEdit();
        edit_->clear();
    }
    return accepted;
}

void Composer::beginEdit(int index) {
    const auto& messages = bridge_.session().messages();
    if (index < 0 || index >= static_cast<int>(messages.size())) return;
    const Message& message = messages[static_cast<std::size_t>(index)];
    editing_ = index;
    const QString text = QString::fromStdString(message.text);
    setText(message.role == Role::User ? text : text.trimmed());
    editLabel_->setText(message.role == Role::User
                            ? tr("Editing your message: sending makes a new branch, the old one is "
                                 "kept. Esc cancels.")
                            : tr("Editing a reply: sending keeps yours beside it and asks nothing. "
                                 "Esc cancels."));
    editLabel_->show();
    focusText();
}

void Composer::beginEditOfLast() {
    const auto& messages = bridge_.session().messages();
    for (int i = static_cast<int>(messages.size()) - 1; i >= 0; --i)
        if (messages[static_cast<std::size_t>(i)].role == Role::User) return beginEdit(i);
}

void Composer::cancelEdit() {
    if (editing_ < 0) return;
    editing_ = -1;
    editLabel_->hide();
    edit_->clear();
}

void Composer::chooseTemplate(int row) {
    const std::string name = template_->itemData(row).toString().toStdString();
    bridge_.run([&](ChatSession& session) { session.setTemplate(name); });
    refresh();
}

void Composer::showSettings() {
    settings_->openAbove(settingsButton_->mapToGlobal(QPoint(0, 0)));
}

TemplateEditor& Composer::showTemplates() {
    if (templates_ == nullptr) {
        templates_ = new TemplateEditor(
            bridge_, own_, theme_, [this] { return text(); }, window());
        connect(edit_, &QPlainTextEdit::textChanged, templates_, &TemplateEditor::refreshPreview);
    }
    templates_->open();
    return *templates_;
}

void Composer::fillTemplates() {
    {
        const QSignalBlocker quiet(template_);
        template_->clear();
        for (const PromptTemplate& t : bridge_.session().templates().all()) {
            template_->addItem(engineWords(t.title), QString::fromStdString(t.name));
            template_->setItemData(
                template_->count() - 1, engineWords(t.description), Qt::ToolTipRole);
        }
    }
    refresh();
}

/// Encoding takes longer than a keystroke may: it comes when the keys rest.
void Composer::textChanged() {
    send_->setEnabled(!edit_->document()->isEmpty() && bridge_.session().canTalk());
    meterSoon_.start(kMeterMs);
}

void Composer::refresh() {
    const ChatSession& session = bridge_.session();
    const bool busy = session.generating();
    const bool hasText = !edit_->document()->isEmpty();
    send_->setVisible(!busy);
    stop_->setVisible(busy);
    send_->setEnabled(hasText && session.canTalk());
    const int row = template_->findData(QString::fromStdString(session.templateName()));
    template_->setCurrentIndex(row);
    fitToCurrent(*template_, theme_);
    settings_->refresh();
    refreshMeter();
}

/// What fits and what does not is said before it is sent, in the place of what the template does.
void Composer::refreshMeter() {
    const ChatSession& session = bridge_.session();
    if (!session.generating())
        meter_->show(session.contextUse(text().toStdString(),
                                        editing_ >= 0 ? std::optional(editing_) : std::nullopt));
    const QString warning = meter_->warning();
    const QString about = template_->currentData(Qt::ToolTipRole).toString();
    explanation_->setText(!warning.isEmpty() ? warning
                                             : tr("A base model continues text. %1").arg(about));
    explanation_->setProperty(
        "kind", warning.isEmpty() ? QStringLiteral("faint") : QStringLiteral("problem"));
    explanation_->style()->unpolish(explanation_);
    explanation_->style()->polish(explanation_);
}

QString Composer::explanation() const {
    return explanation_->text();
}

}  // namespace gatescope
